//! A PDF being made, in which anything may stand in any place.

/// Resources with a font that every reader knows.
pub(crate) const RESOURCES: &str =
    "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>";
/// Contents that show a sentence.
pub(crate) const CONTENTS: &str = "BT /F1 12 Tf 72 700 Td (A sentence that can be read.) Tj ET";

/// Objects, from number 1 on, and what is written after them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    objects: Vec<Vec<u8>>,
    /// More entries of the catalog.
    pub(crate) catalog: String,
    /// More entries of the trailer.
    pub(crate) trailer: String,
}

impl Draft {
    /// The number the next object will have.
    pub(crate) fn next(&self) -> usize {
        self.objects.len() + 1
    }

    /// Adds an object and returns its number.
    pub(crate) fn object(&mut self, content: impl AsRef<[u8]>) -> usize {
        self.objects.push(content.as_ref().to_vec());
        self.objects.len()
    }

    /// Adds a stream and returns its number.
    pub(crate) fn stream(&mut self, dictionary: &str, content: impl AsRef<[u8]>) -> usize {
        let content = content.as_ref();
        let dictionary = format!("{dictionary} /Length {}", content.len());
        self.stream_without_length(&dictionary, content)
    }

    /// Adds a stream whose dictionary says about its length what the caller wrote into it.
    pub(crate) fn stream_without_length(&mut self, dictionary: &str, content: &[u8]) -> usize {
        let object = [
            b"<< ",
            dictionary.as_bytes(),
            b" >>\nstream\n",
            content,
            b"\nendstream",
        ];
        self.object(object.concat())
    }

    /// Adds a page with these entries, its tree and its catalog, and makes the file.
    pub(crate) fn page(mut self, entries: &str) -> Vec<u8> {
        let page = self.next();
        self.object(page_of(page + 1, entries));
        self.tree(&format!("/Count 1 /Kids [{page} 0 R]"))
    }

    /// Adds the contents of a page as a stream, then as [`Draft::page`].
    pub(crate) fn page_showing(mut self, contents: impl AsRef<[u8]>, entries: &str) -> Vec<u8> {
        let contents = self.stream("", contents);
        self.page(&format!("/Contents {contents} 0 R {entries}"))
    }

    /// Adds the root of a tree of pages with these entries, and the catalog, and makes the file.
    pub(crate) fn tree(mut self, entries: &str) -> Vec<u8> {
        let tree = self.object(format!("<< /Type /Pages {entries} >>"));
        self.catalog_of(tree)
    }

    /// Adds the catalog of a tree of pages, and makes the file.
    pub(crate) fn catalog_of(mut self, tree: usize) -> Vec<u8> {
        let more = std::mem::take(&mut self.catalog);
        let catalog = self.object(format!("<< /Type /Catalog /Pages {tree} 0 R {more} >>"));
        self.finish(catalog)
    }

    /// Makes the file, whose catalog has this number, with a table of objects.
    pub(crate) fn finish(self, catalog: usize) -> Vec<u8> {
        let (mut file, offsets) = self.body();
        let start = file.len();
        file.extend_from_slice(table(&offsets).as_bytes());
        file.extend_from_slice(self.trailer_text(catalog).as_bytes());
        file.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
        file
    }

    /// The file up to its table of objects, and where each object begins.
    pub(crate) fn body(&self) -> (Vec<u8>, Vec<usize>) {
        let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let mut offsets = Vec::new();
        for (number, object) in (1..).zip(&self.objects) {
            offsets.push(file.len());
            file.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
            file.extend_from_slice(object);
            file.extend_from_slice(b"\nendobj\n");
        }
        (file, offsets)
    }

    /// The trailer that belongs to this catalog.
    pub(crate) fn trailer_text(&self, catalog: usize) -> String {
        let (size, more) = (self.objects.len() + 1, &self.trailer);
        format!("trailer\n<< /Size {size} /Root {catalog} 0 R {more} >>\n")
    }

    /// Makes the file with an object stream and a stream of references in place of the table, as programs have done since
    /// PDF 1.5. Streams stay outside, all else goes in. `entries` go into the object stream's dictionary before its own.
    pub(crate) fn finish_packed(self, catalog: usize, entries: &str) -> Vec<u8> {
        let (mut head, mut packed, mut inside) = (String::new(), Vec::new(), Vec::new());
        let mut outside = Self::default();
        for (number, object) in (1..).zip(&self.objects) {
            if object.windows(6).any(|window| window == b"stream") {
                outside.object(object);
            } else {
                outside.object("null");
                head.push_str(&format!("{number} {} ", packed.len()));
                packed.extend_from_slice(object);
                packed.push(b'\n');
                inside.push(number);
            }
        }
        let content = super::pack::flate(&[head.as_bytes(), &packed].concat());
        let holder = outside.stream(
            &format!(
                "{entries} /Type /ObjStm /N {} /First {} /Filter /FlateDecode",
                inside.len(),
                head.len()
            ),
            content,
        );
        let (mut file, offsets) = outside.body();
        let start = file.len();
        let mut rows = vec![0; 9];
        let mut row = |kind: u8, second: usize, third: usize| {
            rows.push(kind);
            rows.extend_from_slice(&u32::try_from(second).unwrap().to_be_bytes());
            rows.extend_from_slice(&u32::try_from(third).unwrap().to_be_bytes());
        };
        for (number, offset) in (1..).zip(&offsets) {
            match inside.iter().position(|&packed| packed == number) {
                Some(index) => row(2, holder, index),
                None => row(1, *offset, 0),
            }
        }
        row(1, start, 0);
        let number = outside.next();
        let rows = super::pack::flate(&rows);
        let dictionary = format!(
            "<< /Type /XRef /W [1 4 4] /Size {} /Root {catalog} 0 R /Filter /FlateDecode /Length {} {} >>",
            number + 1,
            rows.len(),
            self.trailer
        );
        file.extend_from_slice(format!("{number} 0 obj\n{dictionary}\nstream\n").as_bytes());
        file.extend_from_slice(&rows);
        file.extend_from_slice(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").as_bytes());
        file
    }
}

/// A table of objects that begin at these places.
pub(crate) fn table(offsets: &[usize]) -> String {
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1);
    for offset in offsets {
        table.push_str(&format!("{offset:010} 00000 n \n"));
    }
    table
}

/// A page with these entries, whose parent has this number; what they do not say is as it mostly is.
pub(crate) fn page_of(parent: usize, entries: &str) -> String {
    let parent = unless_said(entries, "/Parent", &format!("{parent} 0 R"));
    let media_box = unless_said(entries, "/MediaBox", "[0 0 595 842]");
    format!("<< /Type /Page {parent} {media_box} {entries} >>")
}

fn unless_said(entries: &str, name: &str, value: &str) -> String {
    if entries.contains(name) {
        String::new()
    } else {
        format!("{name} {value}")
    }
}
