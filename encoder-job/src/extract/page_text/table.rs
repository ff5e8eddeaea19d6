//! Tables: rows of data become lines, cells between bars; a table that only lays out a page becomes paragraphs.
//!
//! Which of the two a table is shows while it is read, so its text is kept together with the places of its rows, cells and
//! breaks, and written anew once that is decided. Each text is written anew once at the most: a table inside another decides the outer
//! one at once.

use super::PageText;

/// A cell with more breaks than this holds prose, and so its table is for layout.
const MAX_BREAKS_IN_CELL: usize = 3;
/// A cell with more bytes of text than this holds prose, and so its table is for layout.
const MAX_CELL_BYTES: usize = 1_000;

/// After so many rows, cells and breaks the rows so far are decided, so that a table needs no more memory than its text.
const MAX_POINTS: usize = 100_000;

/// A table, or what follows in one after very many rows, of which it is not known yet what it is for.
pub(super) struct UndecidedTable {
    /// Where its text begins, in bytes and in characters.
    start: usize,
    start_characters: usize,
    /// Line ends before its first row.
    line_ends: u8,
    /// What happened at which byte, ascending.
    points: Vec<(usize, Point)>,
    /// Cells of the current row so far.
    cells: usize,
    /// The most cells of a row.
    most_cells: usize,
    /// Where the current cell begins, in bytes.
    cell_start: usize,
    /// Breaks inside the current cell.
    breaks: usize,
}

enum Point {
    /// A row begins.
    Row,
    /// A cell begins, not the first of its row.
    Cell,
    /// So many line ends inside a cell.
    Break(u8),
    /// Places whose name is known.
    Anchors(Vec<String>),
}

impl PageText {
    /// Begins a table; it ends at [`Self::end_table`].
    pub(in super::super) fn begin_table(&mut self) {
        self.end_heading();
        self.lay_out_table();
        self.tables += 1;
        self.begin_undecided(2);
    }

    fn begin_undecided(&mut self, line_ends: u8) {
        self.undecided = Some(UndecidedTable {
            start: self.text.len(),
            start_characters: self.characters,
            line_ends,
            points: Vec::new(),
            cells: 0,
            most_cells: 0,
            cell_start: self.text.len(),
            breaks: 0,
        });
        self.begin_block();
    }

    /// Ends a table, if one is open.
    pub(in super::super) fn end_table(&mut self) {
        self.decide_table();
        self.tables = self.tables.saturating_sub(1);
        self.paragraph();
    }

    /// Begins a row of the innermost table.
    pub(in super::super) fn row(&mut self) {
        if self.close_cell() {
            if self
                .undecided
                .as_ref()
                .is_some_and(|table| table.points.len() >= MAX_POINTS)
            {
                self.decide_table();
                self.begin_undecided(1);
            }
            self.note(Point::Row);
        }
        if let Some(table) = &mut self.undecided {
            table.cells = 0;
        }
    }

    /// Begins a cell of the innermost table.
    pub(in super::super) fn cell(&mut self) {
        if self.close_cell()
            && let Some(table) = &mut self.undecided
        {
            table.cells += 1;
            table.most_cells = table.most_cells.max(table.cells);
            if table.cells > 1 {
                self.note(Point::Cell);
            }
        }
    }

    /// The innermost table, if it was not decided yet, is for layout.
    pub(in super::super) fn lay_out_table(&mut self) {
        if let Some(table) = self.undecided.take() {
            self.write_anew(table, false);
        }
    }

    /// Decides what the innermost table is for by what it holds.
    pub(super) fn decide_table(&mut self) {
        if self.close_cell()
            && let Some(table) = self.undecided.take()
        {
            let data = table.most_cells > 1;
            self.write_anew(table, data);
        }
    }

    /// Notes a break inside a cell.
    pub(super) fn note_break(&mut self, line_ends: u8) {
        let at = self.text.len();
        if let Some(table) = &mut self.undecided {
            // Before a cell's first word it means nothing.
            if at == table.cell_start {
                return;
            }
            table.points.push((at, Point::Break(line_ends)));
            table.breaks += 1;
            if table.breaks > MAX_BREAKS_IN_CELL {
                self.lay_out_table();
                self.write_line_ends();
            }
        }
    }

    pub(super) fn note_anchors_in_table(&mut self, names: Vec<String>) {
        self.note(Point::Anchors(names));
    }

    /// Ends the current cell; whether the table is still undecided.
    fn close_cell(&mut self) -> bool {
        // A heading or label that was left open ends with its cell.
        self.end_heading();
        self.label = None;
        let end = self.text.len();
        match &mut self.undecided {
            Some(table) if end - table.cell_start > MAX_CELL_BYTES => self.lay_out_table(),
            Some(table) => {
                table.cell_start = end;
                table.breaks = 0;
                self.begin_block();
                return true;
            }
            None => {}
        }
        if self.tables > 0 {
            self.paragraph();
        }
        false
    }

    fn note(&mut self, point: Point) {
        let at = self.text.len();
        if let Some(table) = &mut self.undecided {
            table.points.push((at, point));
            // No row of data is that long.
            if table.points.len() > 2 * MAX_POINTS {
                self.lay_out_table();
            }
        }
    }

    /// Nothing stands before the next word in its cell, and a space that is asked for there means nothing.
    fn begin_block(&mut self) {
        self.line_ends = 1;
        self.spaces.clear();
    }

    /// Writes a table's text anew, as rows of data or as paragraphs.
    fn write_anew(&mut self, table: UndecidedTable, data: bool) {
        let gap_after = (self.line_ends, std::mem::take(&mut self.spaces));
        let after_its_end = std::mem::take(&mut self.waiting_anchors);
        let text = self.text.split_off(table.start);
        self.characters = table.start_characters;
        self.line_ends = table.line_ends;
        let mut written = 0;
        // Cells begun since the row's last word.
        let mut bars = 0;
        let mut row_has_text = false;
        for (at, point) in table.points {
            let at = at - table.start;
            let segment = &text[written..at];
            self.write_segment(segment, data.then_some(&mut bars), &mut row_has_text);
            written = at;
            match point {
                Point::Row if data => {
                    self.end_line(1);
                    (bars, row_has_text) = (0, false);
                }
                Point::Cell if data => bars += 1,
                Point::Break(_) if data => self.space(),
                Point::Row | Point::Cell => self.paragraph(),
                Point::Break(line_ends) => self.end_line(line_ends),
                Point::Anchors(names) => self.waiting_anchors.extend(names),
            }
        }
        self.write_segment(&text[written..], data.then_some(&mut bars), &mut row_has_text);
        // A break at the very end is still to be written.
        self.line_ends = self.line_ends.max(gap_after.0);
        self.spaces = gap_after.1;
        self.waiting_anchors.extend(after_its_end);
    }

    /// Writes text of one cell, which is clean already; after the bars of the cells begun before it, if it is data.
    fn write_segment(&mut self, segment: &str, bars: Option<&mut usize>, row_has_text: &mut bool) {
        if segment.is_empty() {
            return;
        }
        let segment = if bars.is_some() || self.is_empty() {
            segment.trim_start()
        } else {
            segment
        };
        let bars = bars.map(std::mem::take).unwrap_or_default();
        if bars > 0 {
            // A bar stands between spaces, and for an empty cell there is one more.
            self.spaces.clear();
        }
        self.write_line_ends();
        if bars > 0 {
            let between = if *row_has_text { " |" } else { "|" };
            self.write(between);
            self.write(&" |".repeat(bars - 1));
            self.write(" ");
        }
        *row_has_text = true;
        self.note_anchors();
        self.write(segment);
    }

    /// Writes the line ends and spaces before the next segment.
    fn write_line_ends(&mut self) {
        let line_ends = std::mem::take(&mut self.line_ends);
        let spaces = std::mem::take(&mut self.spaces);
        if !self.is_empty() {
            self.write(&"\n\n"[..usize::from(line_ends)]);
            self.write(&spaces);
        }
    }
}
