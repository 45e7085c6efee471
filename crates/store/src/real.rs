//! A real number that may be missing, as a value of a statement.

use sqlx::any::AnyTypeInfo;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Any, Database, Encode, Type};

/// Binds a nullable `DOUBLE PRECISION`. sqlx 0.9.0's `Any` tells PostgreSQL that a missing `f64` is a float4 (and that
/// a missing `f32` is a float8: they are swapped in its `arguments.rs`). A statement that was prepared with a missing
/// number then refuses a present one ("incorrect binary data format"). Here a missing one is announced as a float8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Real(pub(crate) Option<f64>);

impl Type<Any> for Real {
    fn type_info() -> AnyTypeInfo {
        <f64 as Type<Any>>::type_info()
    }
}

impl Encode<'_, Any> for Real {
    fn encode_by_ref(
        &self,
        buffer: &mut <Any as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        match self.0 {
            Some(value) => Encode::<Any>::encode_by_ref(&value, buffer),
            None => Encode::<Any>::encode_by_ref(&None::<f32>, buffer),
        }
    }
}
