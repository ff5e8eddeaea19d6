#![allow(missing_docs, clippy::all, clippy::pedantic)]
use encoder_job::extract::{Event, ExtractOptions, extract};
fn main() {
    let bytes = std::fs::read(std::env::args().nth(1).unwrap()).unwrap();
    let mut options = ExtractOptions::default();
    options.threads = 1;
    let r = extract(std::sync::Arc::new(bytes), &options, &mut |event| {
        if let Event::Page(page) = event {
            println!("{}\u{c}", page.text);
        }
        Ok(())
    });
    eprintln!("{r:?}");
}
