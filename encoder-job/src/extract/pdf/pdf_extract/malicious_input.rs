//! What the second engine is kept from: it believes what a file says of itself, and follows circles without end.

use std::collections::{HashMap, HashSet};

use pdf_extract::{Dictionary, Document, Object, ObjectId, Stream};

use crate::extract::pdf::content::drawn_names;

/// The most objects of a document (ISO 32000-1, Annex C).
const MAX_OBJECTS: u64 = 8_388_607;
/// The most brackets within brackets of a character map.
const MAX_NESTED: usize = 32;
/// So near stands what says that a dictionary is of a table of objects, in bytes.
const NEAR: usize = 1024;
/// The most ancestors that a page inherits from.
const MAX_ANCESTORS: usize = 64;

/// Whether a file claims to have more objects than a PDF may have, longer entries or longer rows: the engine makes room for all that is claimed.
pub(in crate::extract::pdf) fn claims_too_much(bytes: &[u8]) -> bool {
    let is_too_large = |number: &[u8]| {
        let number = number.iter().fold(0_u64, |number, &digit| {
            number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
        });
        number > MAX_OBJECTS
    };
    ["/Size", "/Index", "/W", "/Columns"].iter().any(|key| {
        memchr::memmem::find_iter(bytes, key).any(|at| {
            // An attachment says its size in the same word.
            if *key == "/Size" && !is_of_a_table(bytes, at) {
                return false;
            }
            let rest = &bytes[at + key.len()..];
            // A longer word, in an address perhaps.
            if rest.first().is_some_and(u8::is_ascii_digit) {
                return false;
            }
            let end = rest
                .iter()
                .position(|byte| !byte.is_ascii_digit() && !byte.is_ascii_whitespace() && *byte != b'[')
                .unwrap_or(rest.len());
            rest[..end].split(|byte| !byte.is_ascii_digit()).any(is_too_large)
        })
    })
}

/// Whether a place seems to be in the dictionary of a table of objects.
fn is_of_a_table(bytes: &[u8], at: usize) -> bool {
    let before = &bytes[at.saturating_sub(NEAR)..at];
    let after = &bytes[at..bytes.len().min(at + NEAR)];
    memchr::memmem::find(before, b"trailer").is_some()
        || [before, after]
            .iter()
            .any(|near| memchr::memmem::find(near, b"/XRef").is_some())
}

/// Takes the page's ancestors beyond the allowed ones from it: the engine looks for what a page inherits as far as they go, also in a circle.
pub(super) fn end_inheritance(document: &mut Document) {
    let pages: Vec<ObjectId> = document.page_iter().collect();
    for page in pages {
        let mut ancestors = std::iter::successors(Some(page), |&id| parent(document, id));
        if let Some(last) = ancestors.nth(MAX_ANCESTORS)
            && let Ok(dictionary) = document.get_object_mut(last).and_then(Object::as_dict_mut)
        {
            dictionary.remove(b"Parent");
        }
    }
}

/// The object that a page, or one of its ancestors, names as its parent.
fn parent(document: &Document, id: ObjectId) -> Option<ObjectId> {
    let parent = document.get_dictionary(id).ok()?.get(b"Parent").ok()?;
    document.dereference(parent).ok()?.0
}

/// Empties forms that draw themselves, or others that do: the engine would follow them until its stack is used up. Returns whether there
/// were some.
pub(super) fn empty_circles_of_forms(document: &mut Document) -> bool {
    let drawing: HashMap<ObjectId, Option<Vec<ObjectId>>> = document
        .objects
        .iter()
        .filter_map(|(&id, object)| Some((id, drawn(document, form(object)?))))
        .filter(|(_, drawn)| drawn.as_ref().is_none_or(|drawn| !drawn.is_empty()))
        .collect();
    // What draws only what draws nothing, and so on, ends; what is left over does not.
    let mut drawn_by: HashMap<ObjectId, Vec<ObjectId>> = HashMap::new();
    let mut left: HashMap<ObjectId, usize> = HashMap::new();
    let mut ending = Vec::new();
    for (&id, drawn) in &drawing {
        // One without resources of its own uses those of what draws it, which may have anything.
        let Some(drawn) = drawn else {
            left.insert(id, usize::MAX);
            continue;
        };
        let drawn: HashSet<ObjectId> = drawn
            .iter()
            .copied()
            .filter(|id| drawing.contains_key(id))
            .collect();
        if drawn.is_empty() {
            ending.push(id);
        }
        left.insert(id, drawn.len());
        for other in drawn {
            drawn_by.entry(other).or_default().push(id);
        }
    }
    while let Some(id) = ending.pop() {
        left.remove(&id);
        for by in drawn_by.remove(&id).unwrap_or_default() {
            if let Some(count) = left.get_mut(&by)
                && *count != usize::MAX
            {
                *count -= 1;
                if *count == 0 {
                    ending.push(by);
                }
            }
        }
    }
    let has_circles = !left.is_empty();
    for id in left.into_keys() {
        if let Ok(stream) = document.get_object_mut(id).and_then(Object::as_stream_mut) {
            stream.set_plain_content(Vec::new());
        }
    }
    has_circles
}

/// Empties character maps that nest: the engine goes down into them as deep as they go, and a character map has no reason to.
pub(super) fn empty_deep_character_maps(document: &mut Document) {
    let mut maps = HashSet::new();
    for object in document.objects.values() {
        add_character_maps(object, &mut maps);
    }
    for id in maps {
        if let Ok(stream) = document.get_object_mut(id).and_then(Object::as_stream_mut) {
            let content = stream.decompressed_content();
            if is_deep(content.as_deref().unwrap_or(&stream.content)) {
                stream.set_plain_content(Vec::new());
            }
        }
    }
}

/// Adds what an object, or one that is written in it, names as a character map.
fn add_character_maps(object: &Object, maps: &mut HashSet<ObjectId>) {
    match object {
        Object::Array(objects) => objects.iter().for_each(|object| add_character_maps(object, maps)),
        Object::Dictionary(dictionary) | Object::Stream(Stream { dict: dictionary, .. }) => {
            for (key, object) in dictionary {
                match object {
                    Object::Reference(id) if key == b"ToUnicode" || key == b"Encoding" => {
                        maps.insert(*id);
                    }
                    object => add_character_maps(object, maps),
                }
            }
        }
        _ => {}
    }
}

/// Whether brackets are open within more brackets than a character map has a use for.
fn is_deep(content: &[u8]) -> bool {
    let mut depth = 0_usize;
    content.iter().any(|byte| {
        match byte {
            b'[' | b'<' | b'(' | b'{' => depth += 1,
            b']' | b'>' | b')' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_NESTED
    })
}

fn form(object: &Object) -> Option<&Stream> {
    let stream = object.as_stream().ok()?;
    let kind = stream.dict.get(b"Subtype").and_then(Object::as_name).ok()?;
    (kind == b"Form").then_some(stream)
}

/// What a form draws by its own resources; nothing to be said where it has none and draws all the same.
fn drawn(document: &Document, form: &Stream) -> Option<Vec<ObjectId>> {
    let content = form.decompressed_content();
    let names = drawn_names(content.as_deref().unwrap_or(&form.content));
    if names.is_empty() {
        return Some(Vec::new());
    }
    let dictionary = |object| document.dereference(object).ok()?.1.as_dict().ok();
    let resources: &Dictionary = dictionary(form.dict.get(b"Resources").ok()?)?;
    let objects = resources.get(b"XObject").ok().and_then(dictionary);
    // A name that is written in another way may be any.
    let has_any = names.contains(&None);
    let may_be = |name: &[u8]| has_any || names.contains(&Some(name));
    let ids = objects
        .into_iter()
        .flatten()
        .filter(|(name, _)| may_be(name))
        .filter_map(|(_, object)| document.dereference(object).ok()?.0);
    Some(ids.collect())
}

#[cfg(test)]
mod tests {
    use pdf_extract::dictionary;

    use super::*;

    fn stream(document: &Document, id: ObjectId) -> &Stream {
        document.get_object(id).unwrap().as_stream().unwrap()
    }

    #[test]
    fn more_objects_than_a_document_may_have_are_too_many() {
        for few in [
            "/Size 12 /Index [0 12]",
            "/Type /EmbeddedFile /Params << /Size 9437184 >>",
            "/Size",
            "trailer << /Size 8388607",
            "/Size 0000000000000012",
            "/Sizes (99999999)",
            "/URI (https://example.org/W2741809807)",
            "/Index [ 0 3 9 9 ] 99999999",
        ] {
            assert!(!claims_too_much(few.as_bytes()), "{few}");
        }
        for many in [
            "trailer\n<< /Size 8388608",
            "<< /Size 2147483647 /Type /XRef >>",
            "/W [1 2 9223372036854775807]",
            "<</Index[0 1\n3 99999999999999999999999]",
        ] {
            assert!(claims_too_much(many.as_bytes()), "{many}");
        }
    }

    #[test]
    fn forms_that_draw_themselves_are_empty_and_others_are_not() {
        let mut document = Document::new();
        let ids: Vec<ObjectId> = (0..8).map(|_| document.new_object_id()).collect();
        // 0 draws 1, 1 draws 2; 3 and 4 draw each other; 5, 6 and 7 have themselves among their resources, and do not draw that.
        for (id, drawn, content) in [
            (0, 1, "/A Do"),
            (1, 2, "/A Do"),
            (2, 2, "(a) Tj"),
            (3, 4, "/A Do"),
            (4, 3, "q /A Do Q"),
            (5, 5, "(b) Tj"),
            (6, 6, "(Documents) Tj"),
            (7, 7, "/B Do"),
        ] {
            let objects = dictionary! { "A" => ids[drawn] };
            let form =
                dictionary! { "Subtype" => "Form", "Resources" => dictionary! { "XObject" => objects } };
            document.set_object(ids[id], Stream::new(form, content.into()));
        }
        let without_resources = dictionary! { "Subtype" => "Form" };
        let text = document.add_object(Stream::new(without_resources.clone(), b"(Do not) Tj".to_vec()));
        let without_resources = document.add_object(Stream::new(without_resources, b"/A Do".to_vec()));
        assert!(empty_circles_of_forms(&mut document));
        assert!(!empty_circles_of_forms(&mut document));
        let is_empty = |id| stream(&document, id).content.is_empty();
        let empty: Vec<bool> = ids.iter().copied().map(is_empty).collect();
        assert_eq!(empty, [false, false, false, true, true, false, false, false]);
        assert!(is_empty(without_resources) && !is_empty(text));
    }

    #[test]
    fn character_maps_that_nest_are_empty_and_others_are_not() {
        let mut document = Document::new();
        let mut map = |content: &str| document.add_object(Stream::new(dictionary! {}, content.into()));
        let flat = map(&"<01> <02> [<03>] << /A /B >> ".repeat(50));
        let deep = [map(&"[".repeat(50)), map(&"<< /A ".repeat(50))];
        let other = map(&"[".repeat(50));
        document.add_object(dictionary! { "ToUnicode" => flat, "Encoding" => deep[0] });
        let font = dictionary! { "ToUnicode" => deep[1] };
        document.add_object(dictionary! { "Font" => vec![Object::Dictionary(font)] });
        empty_deep_character_maps(&mut document);
        let is_empty = |id| stream(&document, id).content.is_empty();
        assert!(is_empty(deep[0]) && is_empty(deep[1]));
        assert!(!is_empty(flat) && !is_empty(other));
    }

    #[test]
    fn a_page_that_is_its_own_ancestor_inherits_nothing() {
        let mut document = Document::new();
        let id = document.new_object_id();
        let page = dictionary! { "Type" => "Page", "Parent" => id };
        document.set_object(id, page);
        let kids = Object::Array(vec![Object::Reference(id)]);
        let pages = document.add_object(dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 1 });
        let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
        document.trailer.set("Root", catalog);
        assert_eq!(document.page_iter().count(), 1);
        end_inheritance(&mut document);
        assert_eq!(parent(&document, id), None);
    }
}
