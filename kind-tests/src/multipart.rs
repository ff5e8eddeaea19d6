//! Bodies of `multipart/form-data`, written byte by byte, as the tests also send what no well-behaved client would.
//!
//! Source: RFC 7578.

/// Separates the parts; long enough not to stand in any document.
const BOUNDARY: &str = "------------------------kind-tests-d41f7c3ab2";

/// A form under construction.
#[derive(Clone, Debug, Default)]
pub struct Form {
    body: Vec<u8>,
}

impl Form {
    /// Adds a field.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.begin_part(format!("form-data; name=\"{name}\"").as_bytes(), None);
        self.end_part(value.as_bytes());
        self
    }

    /// Adds a file. Its name is written as browsers write it: quotes and line ends escaped, everything else as it is.
    #[must_use]
    pub fn file(mut self, name: &str, file_name: &str, content_type: &str, content: &[u8]) -> Self {
        let escaped = file_name
            .replace('"', "%22")
            .replace('\r', "%0D")
            .replace('\n', "%0A");
        let disposition = format!("form-data; name=\"{name}\"; filename=\"{escaped}\"");
        self.begin_part(disposition.as_bytes(), Some(content_type));
        self.end_part(content);
        self
    }

    /// The value of the header `Content-Type`.
    pub fn content_type() -> String {
        format!("multipart/form-data; boundary={BOUNDARY}")
    }

    /// The body.
    pub fn finish(mut self) -> Vec<u8> {
        self.body
            .extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.body
    }

    fn begin_part(&mut self, disposition: &[u8], content_type: Option<&str>) {
        self.body
            .extend_from_slice(format!("--{BOUNDARY}\r\nContent-Disposition: ").as_bytes());
        self.body.extend_from_slice(disposition);
        self.body.extend_from_slice(b"\r\n");
        if let Some(content_type) = content_type {
            self.body
                .extend_from_slice(format!("Content-Type: {content_type}\r\n").as_bytes());
        }
        self.body.extend_from_slice(b"\r\n");
    }

    fn end_part(&mut self, content: &[u8]) {
        self.body.extend_from_slice(content);
        self.body.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_its_parts_in_order_and_an_end() {
        let body = Form::default()
            .field("chunk_size", "100")
            .file("file", "a\"b.pdf", "application/pdf", b"%PDF")
            .finish();
        let text = String::from_utf8(body).unwrap();
        let expected = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"chunk_size\"\r\n\r\n100\r\n\
             --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b.pdf\"\r\n\
             Content-Type: application/pdf\r\n\r\n%PDF\r\n--{BOUNDARY}--\r\n"
        );
        assert_eq!(text, expected);
    }
}
