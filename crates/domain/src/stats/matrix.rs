//! Small dense symmetric matrices: what a maximum-likelihood fit and its covariance need, no more.
//! Cholesky (Golub and Van Loan, 4.2) and cyclic Jacobi eigenvalues (8.5).

/// A square matrix, by rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    n: usize,
    cells: Vec<f64>,
}

impl Matrix {
    /// n × n zeros.
    pub fn zeros(n: usize) -> Self {
        Self {
            n,
            cells: vec![0.0; n * n],
        }
    }

    /// Rows, and columns.
    pub fn size(&self) -> usize {
        self.n
    }

    /// One cell.
    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.n + column]
    }

    /// Adds to one cell.
    pub fn add(&mut self, row: usize, column: usize, value: f64) {
        self.cells[row * self.n + column] += value;
    }

    /// Adds to every cell.
    pub fn add_everywhere(&mut self, value: f64) {
        self.cells.iter_mut().for_each(|cell| *cell += value);
    }

    /// A row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.n..(row + 1) * self.n]
    }

    /// The sum of the diagonal.
    pub fn trace(&self) -> f64 {
        (0..self.n).map(|i| self.at(i, i)).sum()
    }

    /// `self + scale · other`, of the same size.
    #[must_use]
    pub fn plus(mut self, scale: f64, other: &Self) -> Self {
        for (cell, there) in self.cells.iter_mut().zip(&other.cells) {
            *cell += scale * there;
        }
        self
    }

    /// The product of two matrices of the same size.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let mut product = Self::zeros(self.n);
        for (row, to) in product.cells.chunks_exact_mut(self.n.max(1)).enumerate() {
            for (k, &scale) in self.row(row).iter().enumerate() {
                for (to, value) in to.iter_mut().zip(other.row(k)) {
                    *to += scale * value;
                }
            }
        }
        product
    }

    /// The product with a vector.
    pub fn apply(&self, vector: &[f64]) -> Vec<f64> {
        let rows = (0..self.n).map(|row| self.row(row).iter().zip(vector));
        rows.map(|row| row.map(|(a, b)| a * b).sum()).collect()
    }

    /// L with L Lᵀ = self; `None` when the matrix is not positive definite.
    pub fn cholesky(&self) -> Option<Cholesky> {
        let n = self.n;
        let mut lower = self.cells.clone();
        for column in 0..n {
            let (above, below) = lower.split_at_mut((column + 1) * n);
            let own = &mut above[column * n..];
            let square = own[column] - own[..column].iter().map(|v| v * v).sum::<f64>();
            if square <= 0.0 || !square.is_finite() {
                return None;
            }
            let root = square.sqrt();
            own[column] = root;
            own[column + 1..].fill(0.0);
            for row in below.chunks_exact_mut(n) {
                let known: f64 = row[..column]
                    .iter()
                    .zip(&own[..column])
                    .map(|(a, b)| a * b)
                    .sum();
                row[column] = (row[column] - known) / root;
            }
        }
        Some(Cholesky { n, lower })
    }

    /// The nearest positive-semidefinite matrix: negative eigenvalues become 0. A matrix that is so already comes
    /// back as it was.
    #[must_use]
    pub fn positive_part(self) -> Self {
        let mut shifted = self.clone();
        let slack = 1e-12 * self.trace().abs().max(f64::MIN_POSITIVE);
        (0..self.n).for_each(|i| shifted.add(i, i, slack));
        if shifted.cholesky().is_some() {
            return self;
        }
        let (values, vectors) = self.eigen();
        let mut positive = Self::zeros(self.n);
        for (k, &value) in values.iter().enumerate().filter(|(_, v)| **v > 0.0) {
            for row in 0..self.n {
                let scale = value * vectors.at(row, k);
                for column in 0..self.n {
                    positive.add(row, column, scale * vectors.at(column, k));
                }
            }
        }
        positive
    }

    /// Eigenvalues and, as columns, eigenvectors of a symmetric matrix, in no order.
    pub fn eigen(&self) -> (Vec<f64>, Self) {
        let n = self.n;
        let mut a = self.clone();
        let mut vectors = Self::zeros(n);
        (0..n).for_each(|i| vectors.add(i, i, 1.0));
        let size: f64 = a.cells.iter().map(|v| v * v).sum();
        for _sweep in 0..60 {
            let off = (0..n).flat_map(|i| (0..i).map(move |j| (i, j)));
            let off: f64 = off.map(|(i, j)| a.at(i, j).powi(2)).sum();
            if off <= 1e-30 * size {
                break;
            }
            for p in 0..n {
                for q in p + 1..n {
                    a.rotate(p, q, &mut vectors);
                }
            }
        }
        ((0..n).map(|i| a.at(i, i)).collect(), vectors)
    }

    /// One Jacobi rotation that makes cell (p, q) zero.
    fn rotate(&mut self, p: usize, q: usize, vectors: &mut Self) {
        let off = self.at(p, q);
        if off == 0.0 {
            return;
        }
        let tau = (self.at(q, q) - self.at(p, p)) / (2.0 * off);
        let tan = tau.signum() / (tau.abs() + (1.0 + tau * tau).sqrt());
        let tan = if tau == 0.0 { 1.0 } else { tan };
        let cos = 1.0 / (1.0 + tan * tan).sqrt();
        let sin = tan * cos;
        let size = self.n;
        let turn = |cells: &mut [f64], x: usize, y: usize| {
            let (old_x, old_y) = (cells[x], cells[y]);
            cells[x] = cos * old_x - sin * old_y;
            cells[y] = sin * old_x + cos * old_y;
        };
        for k in 0..size {
            turn(&mut self.cells, k * size + p, k * size + q);
        }
        for k in 0..size {
            turn(&mut self.cells, p * size + k, q * size + k);
        }
        for k in 0..size {
            turn(&mut vectors.cells, k * size + p, k * size + q);
        }
    }
}

/// A lower triangle L with L Lᵀ = A.
#[derive(Clone, Debug)]
pub struct Cholesky {
    n: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// x with A x = b.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let n = self.n;
        let mut x = b.to_vec();
        for i in 0..n {
            let row = &self.lower[i * n..i * n + i];
            let known: f64 = row.iter().zip(&x).map(|(l, v)| l * v).sum();
            x[i] = (x[i] - known) / self.lower[i * n + i];
        }
        for i in (0..n).rev() {
            x[i] /= self.lower[i * n + i];
            let value = x[i];
            for (to, l) in x[..i].iter_mut().zip(&self.lower[i * n..i * n + i]) {
                *to -= l * value;
            }
        }
        x
    }

    /// A⁻¹.
    pub fn inverse(&self) -> Matrix {
        let mut inverse = Matrix::zeros(self.n);
        let mut unit = vec![0.0; self.n];
        for i in 0..self.n {
            unit[i] = 1.0;
            let column = self.solve(&unit);
            unit[i] = 0.0;
            inverse.cells[i * self.n..(i + 1) * self.n].copy_from_slice(&column);
        }
        inverse
    }
}
