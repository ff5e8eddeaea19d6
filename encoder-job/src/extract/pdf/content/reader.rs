//! Follows the instructions of content.

use hayro_syntax::{
    content::{Instruction, UntypedIter},
    object::{Array, Dict, Name, Object, Rect, Stream},
    page,
};

use super::{
    PageContent,
    fields::FilledIn,
    inflate::{Decoded, MAX_BYTES, decoded_within},
    inline_images,
    marked::{Layers, MarkedContent, properties},
    operands::{as_name, first_numbers, last, matrix, numbers},
    paths::{Path, PathStep},
    recorder::Recorder,
    resources::{Resources, ThreadFonts},
    show::show,
    state::{Matrix, State, TextPosition},
    text_array::{TextArray, TextItem},
};
use crate::extract::pdf::clip::{ClipNumber, Polygon};

/// The most glyphs of a page; what a page of text has, many times over.
const MAX_GLYPHS: usize = 400_000;
/// The most bytes of a page's strings, those included whose glyphs stand beside the page or twice in one place and count for nothing.
const MAX_SHOWN: usize = 4_000_000;
/// The most instructions of a page, those of its forms included.
const MAX_INSTRUCTIONS: usize = 10_000_000;
/// The most forms of a page.
const MAX_FORMS: usize = 5_000;
/// The most bytes that a page's forms may be unpacked to, all together and each as often as it is drawn.
const MAX_FORM_BYTES: usize = 100_000_000;
/// How deep forms may lie in forms.
const MAX_DEPTH: usize = 16;
/// How many states may be saved.
const MAX_SAVED: usize = 4096;

/// Reads the content of one page.
pub(super) struct Reader<'a, 'f, 'r> {
    fonts: &'r mut ThreadFonts<'a, 'f>,
    layers: &'r Layers,
    recorder: Recorder,
    marked: MarkedContent,
    instructions: usize,
    /// Bytes of strings that were shown.
    shown: usize,
    forms: usize,
    /// What forms were unpacked to.
    form_bytes: usize,
}

impl<'a, 'f, 'r> Reader<'a, 'f, 'r> {
    /// A reader of a page of which so much is seen.
    pub(super) fn new(fonts: &'r mut ThreadFonts<'a, 'f>, layers: &'r Layers, seen: Rect) -> Self {
        let places = fonts.take_places();
        Self {
            fonts,
            layers,
            recorder: Recorder::new(seen, places),
            marked: MarkedContent::default(),
            instructions: 0,
            shown: 0,
            forms: 0,
            form_bytes: 0,
        }
    }

    /// Says that something of the page is lost.
    pub(super) fn lose(&mut self) {
        self.recorder.content.broken = true;
    }

    /// Whether the layer of an annotation is on.
    pub(super) fn shows(&self, annotation: &Dict<'_>) -> bool {
        self.layers.shows(annotation, b"OC")
    }

    /// How many glyphs there are so far, those included of which nobody knows what they mean.
    pub(super) fn glyphs(&self) -> usize {
        self.recorder.content.glyphs.len() + self.recorder.content.unknown
    }

    /// Whether nothing more of the page is read.
    pub(super) fn is_at_its_end(&self) -> bool {
        self.recorder.content.over_limit
    }

    /// Shows what was filled into a field.
    pub(super) fn fill_in(&mut self, value: &FilledIn) {
        self.shown += value.cost;
        let has_room = self.glyphs() + value.text.len() <= MAX_GLYPHS && self.shown <= MAX_SHOWN;
        if has_room {
            self.recorder.fill_in(value);
        }
        self.recorder.content.over_limit |= !has_room;
        self.recorder.content.broken |= !value.is_whole;
    }

    /// What was noted; the room for places drawn at goes back to the thread.
    pub(super) fn finish(mut self) -> PageContent {
        let mut content = self.recorder.content;
        self.recorder.places.remove_copies(&mut content.glyphs);
        self.fonts.keep_places(self.recorder.places);
        content
    }

    /// Follows the instructions of a stream that lies so deep in others.
    pub(super) fn run(&mut self, bytes: &[u8], resources: &Resources<'a>, start: State, depth: usize) {
        let mut state = start;
        let mut saved: Vec<State> = Vec::new();
        let mut position = TextPosition::START;
        let mut path = Path::default();
        let passed = inline_images::pass_over(bytes);
        if let Some(passed) = &passed {
            self.recorder.content.pictures |= passed.pictures;
            self.recorder.content.broken |= !passed.is_whole;
        }
        let mut instructions = UntypedIter::new(passed.as_ref().map_or(bytes, |passed| &passed.bytes));
        while let Some(instruction) = instructions.next() {
            self.instructions += 1;
            if self.instructions > MAX_INSTRUCTIONS
                || self.shown > MAX_SHOWN
                || self.recorder.content.glyphs.len() >= MAX_GLYPHS
            {
                self.recorder.content.over_limit = true;
            }
            if self.recorder.content.over_limit {
                return;
            }
            match &**instruction.operator {
                b"q" => {
                    if saved.len() < MAX_SAVED {
                        saved.push(state);
                    }
                }
                b"Q" => state = saved.pop().unwrap_or(state),
                b"cm" => {
                    if let Some(matrix) = matrix(&instruction) {
                        state.to_page = state.to_page.after(&matrix);
                    }
                }
                b"BT" => position = TextPosition::START,
                b"Do" => self.form(&instruction, resources, &state, depth),
                b"gs" => self.extended_state(&instruction, resources, &mut state),
                b"BMC" => self.marked.begin(false, None),
                b"BDC" => self.begin_marked(&instruction, resources),
                b"EMC" => self.marked.end(),
                [b'T' | b'\'' | b'"', ..] => self.text(&instruction, resources, &mut state, &mut position),
                _ => {
                    if let PathStep::Ends { stroked, filled } = path.follow(&instruction, &state) {
                        self.end_path(&mut path, stroked, filled, &mut state);
                    }
                }
            }
        }
    }

    /// Keeps what a path rules, and what it clips.
    fn end_path(&mut self, path: &mut Path, stroked: bool, filled: bool, state: &mut State) {
        path.add_rulings(stroked, filled, &mut self.recorder.content.rulings);
        if let Some(polygon) = path.clip() {
            state.clip = self.recorder.clips.and(state.clip, polygon);
        }
        path.clear();
    }

    /// The instructions of text.
    fn text(
        &mut self,
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'a>,
        state: &mut State,
        position: &mut TextPosition,
    ) {
        let operator: &[u8] = instruction.operator;
        match operator {
            b"Tf" => {
                if let Some(name) = instruction.operands().find_map(as_name) {
                    state.font = Some(resources.font(name, self.fonts));
                }
                state.size = last(instruction).unwrap_or(state.size);
            }
            b"Tc" => state.character_space = last(instruction).unwrap_or(0.0),
            b"Tw" => state.word_space = last(instruction).unwrap_or(0.0),
            b"Tz" => state.scale = last(instruction).unwrap_or(100.0) / 100.0,
            b"TL" => state.leading = last(instruction).unwrap_or(0.0),
            b"Tr" => state.is_invisible = last(instruction) == Some(3.0),
            b"Ts" => state.rise = last(instruction).unwrap_or(0.0),
            b"Td" | b"TD" => {
                if let Some([x, y]) = numbers(instruction) {
                    position.next_line(x, y);
                    if operator == b"TD" {
                        state.leading = -y;
                    }
                }
            }
            b"Tm" => {
                if let Some(matrix) = matrix(instruction) {
                    position.set(matrix);
                }
            }
            b"T*" => position.next_line(0.0, -state.leading),
            b"Tj" => self.show_all(instruction, state, position),
            b"'" => {
                position.next_line(0.0, -state.leading);
                self.show_all(instruction, state, position);
            }
            b"\"" => {
                if let Some([word, character]) = first_numbers(instruction) {
                    (state.word_space, state.character_space) = (word, character);
                }
                position.next_line(0.0, -state.leading);
                self.show_all(instruction, state, position);
            }
            b"TJ" => {
                if let Some(Object::Array(array)) = instruction.operands().last() {
                    self.show_array(array, state, position);
                }
            }
            _ => {}
        }
    }

    fn show_all(&mut self, instruction: &Instruction<'_, '_>, state: &State, position: &mut TextPosition) {
        if let Some(Object::String(string)) = instruction.operands().last() {
            self.show(string.as_bytes(), state, position);
        }
    }

    fn show_array(&mut self, array: &Array<'_>, state: &State, position: &mut TextPosition) {
        let vertical = state
            .font
            .is_some_and(|font| self.fonts.met(font).font.is_vertical());
        let mut items = TextArray::new(array.data());
        while let Some(item) = items.next() {
            if self.recorder.content.over_limit {
                return;
            }
            match item {
                TextItem::String(string) => self.show(string, state, position),
                TextItem::Back(thousandths) => {
                    let back = thousandths / 1000.0 * state.size;
                    if vertical {
                        position.advance(0.0, -back);
                    } else {
                        position.advance(-back * state.scale, 0.0);
                    }
                }
            }
        }
    }

    fn show(&mut self, bytes: &[u8], state: &State, position: &mut TextPosition) {
        // A code has at least a byte, so that no string makes more glyphs than there is room for.
        let room = (MAX_SHOWN.saturating_sub(self.shown)).min(MAX_GLYPHS.saturating_sub(self.glyphs()));
        let shown = &bytes[..bytes.len().min(room)];
        self.shown += shown.len();
        self.recorder.content.over_limit |= shown.len() < bytes.len();
        let font = state.font.unwrap_or_else(|| self.fonts.direct(None));
        let font = self.fonts.met(font);
        self.recorder.clip = if state.is_invisible || state.is_unclipped {
            ClipNumber::default()
        } else {
            state.clip
        };
        show(shown, state, position, font, &mut self.marked, &mut self.recorder);
    }

    /// `Do`: a form is read, a picture is noted.
    fn form(
        &mut self,
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'a>,
        state: &State,
        depth: usize,
    ) {
        let name = instruction.operands().find_map(as_name);
        let Some(name) = name else { return };
        let Some(stream) = resources.given.x_objects.get::<Stream<'a>>(name) else {
            // A name that nothing has is passed over by everybody; one whose object is lost had something to show.
            self.recorder.content.broken |= resources.given.x_objects.contains_key(name);
            return;
        };
        let dict = stream.dict();
        if self.marked.is_hidden() || !self.layers.shows(dict, b"OC") {
            return;
        }
        let kind = dict.get::<Name<'_>>("Subtype");
        if kind.is_some_and(|kind| kind.as_ref() == b"Image") {
            self.recorder.content.pictures = true;
            return;
        }
        self.forms += 1;
        if depth >= MAX_DEPTH {
            self.recorder.content.broken = true;
            return;
        }
        let left = MAX_FORM_BYTES.saturating_sub(self.form_bytes);
        if self.forms > MAX_FORMS || left == 0 {
            self.recorder.content.over_limit = true;
            return;
        }
        let Some(Decoded {
            bytes,
            is_whole,
            is_over_limit,
        }) = decoded_within(&stream, left.min(MAX_BYTES))
        else {
            self.recorder.content.broken = true;
            return;
        };
        self.form_bytes += bytes.len();
        self.recorder.content.broken |= !is_whole;
        let mut inner = *state;
        if let Some(matrix) = dict.get::<[f64; 6]>("Matrix") {
            inner.to_page = state.to_page.after(&Matrix::new(matrix));
        }
        if let Some([x0, y0, x1, y1]) = dict.get::<[f64; 4]>("BBox") {
            let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)].map(|(x, y)| inner.to_page.apply(x, y));
            let seen = Polygon::new([&corners[..]].into_iter(), false);
            inner.clip = self.recorder.clips.and(inner.clip, seen);
        }
        match dict.get::<Dict<'a>>("Resources") {
            Some(own) => self.run(
                &bytes,
                &Resources::new(page::Resources::new(own)),
                inner,
                depth + 1,
            ),
            // Old forms use those of the page they stand on.
            None => self.run(&bytes, resources, inner, depth + 1),
        }
        self.recorder.content.over_limit |= is_over_limit;
    }

    /// `gs`: of an extended state only the font matters.
    fn extended_state(
        &mut self,
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'a>,
        state: &mut State,
    ) {
        let name = instruction.operands().find_map(as_name);
        let given = name.and_then(|name| resources.given.ext_g_states.get::<Dict<'a>>(name));
        let Some(font) = given.and_then(|given| given.get::<Array<'a>>("Font")) else {
            return;
        };
        let mut parts = font.iter::<Object<'a>>();
        if let (Some(Object::Dict(font)), Some(Object::Number(size))) = (parts.next(), parts.next()) {
            state.font = Some(self.fonts.direct(Some(font)));
            state.size = size.as_f64();
        }
    }

    fn begin_marked(&mut self, instruction: &Instruction<'_, '_>, resources: &Resources<'a>) {
        let mut operands = instruction.operands();
        let tag = operands.next().and_then(as_name);
        let operand = operands.next();
        if let Some(given) = properties(operand) {
            self.marked.begin(false, Some(&given));
            return;
        }
        let name = operand.and_then(as_name);
        let named = name.and_then(|name| resources.given.properties.get::<Dict<'a>>(name));
        let hides = tag == Some(b"OC")
            && name.is_some_and(|name| !self.layers.shows(&resources.given.properties, name));
        self.marked.begin(hides, named.as_ref());
    }
}
