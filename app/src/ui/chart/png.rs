//! A picture as PNG: drawn by `resvg`, with a small font of our own, so that it looks the same on a machine without
//! fonts; scripts that this font lacks come from the machine's fonts, where it has them.

use resvg::usvg::{Options, Tree, fontdb};
use resvg::{tiny_skia, usvg};
use std::sync::{Arc, LazyLock};

/// Dots for each unit of the picture: print needs more than a screen.
const SCALE: f32 = 2.0;
/// No side is longer, in dots.
const LONGEST: f32 = 16_000.0;
/// `DejaVu` Sans, in part; its licence stands beside it.
static FONT: &[u8] = include_bytes!("../../../fonts/DejaVuSans-subset.ttf");
const FAMILY: &str = "DejaVu Sans";

/// Read once: looking through a machine's fonts takes a while.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(FONT.to_vec());
    fonts.load_system_fonts();
    fonts.set_sans_serif_family(FAMILY);
    Arc::new(fonts)
});

/// Draws a picture that stands on its own ([`super::file`]) on white; nothing where it is none. Takes some tens of
/// milliseconds: not on a thread that answers requests.
pub fn png(svg: &str) -> Option<Vec<u8>> {
    let options = Options {
        fontdb: FONTS.clone(),
        font_family: FAMILY.into(),
        // a picture never reads a file
        image_href_resolver: usvg::ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).ok()?;
    let size = tree.size();
    let scale = SCALE.min(LONGEST / size.width().max(size.height()));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and the longest side"
    )]
    let [width, height] = [size.width(), size.height()].map(|side| (side * scale).ceil() as u32);
    let mut dots = tiny_skia::Pixmap::new(width, height)?;
    dots.fill(tiny_skia::Color::WHITE);
    let transform = tiny_skia::Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut dots.as_mut());
    encode(&dots).ok()
}

/// As PNG, without the fourth channel: nothing shines through white. Lines on an empty ground are small however they are
/// compressed, and the usual level takes longer than all the drawing.
fn encode(dots: &tiny_skia::Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let colours: Vec<u8> = dots
        .data()
        .chunks_exact(4)
        .flat_map(|it| [it[0], it[1], it[2]])
        .collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, dots.width(), dots.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&colours)?;
    writer.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::super::{Chart, Series, Whisker, file, intervals};
    use super::*;

    /// Width, height, and how many different colours there are.
    fn seen(png: &[u8]) -> (u32, u32, usize) {
        let dots = tiny_skia::Pixmap::decode_png(png).unwrap();
        let colour = |it: &tiny_skia::PremultipliedColorU8| (it.red(), it.green(), it.blue());
        let mut colours: Vec<_> = dots.pixels().iter().map(colour).collect();
        colours.sort_unstable();
        colours.dedup();
        (dots.width(), dots.height(), colours.len())
    }

    #[test]
    fn a_picture_has_twice_its_size_and_is_not_blank() {
        let rows = [Whisker {
            name: "Modell ä α я".into(),
            value: 1100.0,
            interval: Some((1000.0, 1210.0)),
            thin: false,
        }];
        let svg = intervals("All", "score", Some(1000.0), &rows);
        let (width, height, colours) = seen(&png(&file(&svg, "All")).unwrap());
        // 380 units are drawn 760 wide, twice
        assert_eq!(width, 1520);
        // one row of 20, 6 below it and 34 for the axis
        assert_eq!(height, 60 * 4);
        assert!(colours > 20, "{colours}");
        assert_eq!(png("<p>"), None);
    }

    #[test]
    fn names_are_drawn_with_the_font_that_is_built_in() {
        let text = |words: &str| {
            let svg = format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" height=\"30\"><text y=\"20\" font-family=\"system-ui,sans-serif\">{words}</text></svg>"
            );
            seen(&png(&svg).unwrap()).2
        };
        assert_eq!(text(""), 1);
        assert!(text("Ωя") > 5);
    }

    #[test]
    fn lines_over_time_are_drawn_too() {
        let chart = Chart {
            title: "Time".into(),
            x: "week".into(),
            series: vec![Series {
                band: vec![(0.0, 0.1, 0.4), (1.0, 0.5, 0.8)],
                ..Series::new("a", 1, vec![(0.0, 0.2), (1.0, 0.7)])
            }],
            ..Chart::default()
        };
        let png = png(&file(&chart.drawing(), "Time")).unwrap();
        assert!(seen(&png).2 > 20);
    }
}
