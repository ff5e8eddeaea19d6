//! The items of an array, also behind one that is not there.

use hayro_syntax::object::{Array, MaybeRef, Object};

/// An item of an array.
pub(super) enum ArrayItem<'a> {
    /// It is there, or is `null`.
    Object(Object<'a>),
    /// It is a reference to an object that does not exist, or cannot be read.
    Missing,
}

impl<'a> ArrayItem<'a> {
    /// The object, if it is there.
    pub(super) fn object(self) -> Option<Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            Self::Missing => None,
        }
    }
}

/// All items, in order. The library's own iterators end at the first that is missing, as if it were the last.
pub(super) fn array_items<'a>(array: &Array<'a>) -> impl Iterator<Item = ArrayItem<'a>> + use<'a> {
    let mut resolved = array.flex_iter();
    array
        .raw_iter()
        .map(move |raw| match (resolved.next::<Object<'a>>(), raw) {
            (Some(object), _) | (None, MaybeRef::NotRef(object)) => ArrayItem::Object(object),
            (None, MaybeRef::Ref(_)) => ArrayItem::Missing,
        })
}
