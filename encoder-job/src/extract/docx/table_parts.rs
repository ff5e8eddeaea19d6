//! The rows and cells of tables that are open. What they are like stands in them, before what they hold: one of which the deletion is
//! tracked shows only then that it is gone.

/// A part of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Row,
    Cell,
}

/// What an element means for the part it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Nothing,
    /// It is the first thing that the part holds.
    Begins(Part),
    /// The part was deleted, and the element with it.
    Deleted,
}

/// The open parts, outside of text boxes.
#[derive(Debug, Default)]
pub(super) struct TableParts {
    open: Vec<OpenPart>,
}

#[derive(Debug)]
struct OpenPart {
    part: Part,
    has_begun: bool,
    is_deleted: bool,
}

impl TableParts {
    pub(super) fn begin(&mut self, part: Part) {
        self.open.push(OpenPart {
            part,
            has_begun: false,
            is_deleted: false,
        });
    }

    /// Takes note of a property of the part that is open.
    pub(super) fn property(&mut self, name: &str) {
        if let Some(open) = self.open.last_mut() {
            open.is_deleted |= matches!((name, open.part), ("del", Part::Row) | ("cellDel", Part::Cell));
        }
    }

    /// What an element means for the part that is open.
    pub(super) fn meet(&mut self, name: &str) -> Meaning {
        match self.open.last_mut() {
            Some(_) if matches!(name, "trPr" | "tblPrEx" | "tcPr") => Meaning::Nothing,
            Some(open) if open.is_deleted => Meaning::Deleted,
            Some(open) if !open.has_begun => {
                open.has_begun = true;
                Meaning::Begins(open.part)
            }
            Some(_) | None => Meaning::Nothing,
        }
    }

    /// Ends the part that is open. One that held nothing begins first.
    pub(super) fn end(&mut self) -> Meaning {
        let meaning = self.meet("");
        self.open.pop();
        meaning
    }
}
