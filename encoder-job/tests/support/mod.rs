//! Small PDF files, made on the spot.
#![allow(
    unreachable_pub,
    reason = "each test that includes this is a crate of its own"
)]

/// A PDF being made: its objects, from number 1 on.
#[derive(Default)]
pub struct PdfBuilder {
    objects: Vec<Vec<u8>>,
}

impl PdfBuilder {
    /// Adds an object and returns its number.
    pub fn object(&mut self, content: impl AsRef<[u8]>) -> usize {
        self.objects.push(content.as_ref().to_vec());
        self.objects.len()
    }

    /// Adds a stream and returns its number.
    pub fn stream(&mut self, dictionary: &str, content: &[u8]) -> usize {
        let mut object = format!("<< {dictionary} /Length {} >>\nstream\n", content.len()).into_bytes();
        object.extend_from_slice(content);
        object.extend_from_slice(b"\nendstream");
        self.object(object)
    }

    /// The file, whose catalog is the object with this number.
    pub fn finish(self, catalog: usize) -> Vec<u8> {
        let mut file = b"%PDF-1.7\n".to_vec();
        let mut offsets = Vec::new();
        for (number, object) in (1..).zip(&self.objects) {
            offsets.push(file.len());
            file.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
            file.extend_from_slice(object);
            file.extend_from_slice(b"\nendobj\n");
        }
        let start = file.len();
        let count = self.objects.len() + 1;
        file.extend_from_slice(format!("xref\n0 {count}\n0000000000 65535 f \n").as_bytes());
        for offset in offsets {
            file.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
        }
        let trailer =
            format!("trailer\n<< /Size {count} /Root {catalog} 0 R >>\nstartxref\n{start}\n%%EOF\n");
        file.extend_from_slice(trailer.as_bytes());
        file
    }
}

/// A PDF with these pages, each line of a page set in Helvetica of size 11, and a bookmark on each page that has a title.
pub fn pdf(pages: &[(Option<&str>, &str)]) -> Vec<u8> {
    let mut builder = PdfBuilder::default();
    let font =
        builder.object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>");
    let contents: Vec<usize> = pages
        .iter()
        .map(|(_, text)| {
            let mut content = b"BT /F1 11 Tf 14 TL 72 760 Td\n".to_vec();
            for line in text.lines() {
                content.push(b'(');
                for character in line.chars() {
                    let byte = u8::try_from(u32::from(character)).unwrap_or(b'?');
                    if matches!(byte, b'(' | b')' | b'\\') {
                        content.push(b'\\');
                    }
                    content.push(byte);
                }
                content.extend_from_slice(b") Tj T*\n");
            }
            content.extend_from_slice(b"ET");
            builder.stream("", &content)
        })
        .collect();
    // Pages, then their tree, then the outline, then the catalog: the numbers are known beforehand.
    let first_page = contents.last().map_or(font, |last| *last) + 1;
    let tree = first_page + pages.len();
    for content in &contents {
        builder.object(format!(
            "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R \
             /Resources << /Font << /F1 {font} 0 R >> >> >>"
        ));
    }
    let kids: Vec<String> = (0..pages.len())
        .map(|index| format!("{} 0 R", first_page + index))
        .collect();
    builder.object(format!(
        "<< /Type /Pages /Count {} /Kids [{}] >>",
        pages.len(),
        kids.join(" ")
    ));
    let titled: Vec<(usize, &str)> = pages
        .iter()
        .enumerate()
        .filter_map(|(index, (title, _))| title.map(|title| (index, title)))
        .collect();
    let outline = tree + 1;
    let first_entry = outline + 1;
    builder.object(format!(
        "<< /Type /Outlines /First {first_entry} 0 R /Count {} >>",
        titled.len()
    ));
    for (position, (page, title)) in titled.iter().enumerate() {
        let next = if position + 1 < titled.len() {
            format!("/Next {} 0 R", first_entry + position + 1)
        } else {
            String::new()
        };
        let page = first_page + page;
        builder.object(format!(
            "<< /Title ({title}) /Parent {outline} 0 R {next} /Dest [{page} 0 R /Fit] >>"
        ));
    }
    let outlines = if titled.is_empty() {
        String::new()
    } else {
        format!("/Outlines {outline} 0 R")
    };
    let catalog = builder.object(format!("<< /Type /Catalog /Pages {tree} 0 R {outlines} >>"));
    builder.finish(catalog)
}
