//! Progress bars: one for each document at work, and one for all. On a terminal; elsewhere nothing.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The bars of a call.
pub(super) struct Bars {
    bars: MultiProgress,
    /// All documents; `None` where there is only one.
    all: Option<ProgressBar>,
}

impl Bars {
    pub(super) fn new(documents: usize) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let all = (documents > 1).then(|| {
            let bar = bars.add(ProgressBar::new(u64::try_from(documents).unwrap_or(u64::MAX)));
            styled(&bar, "{prefix:30!} [{bar:30}] {pos}/{len} documents {elapsed}");
            bar.set_prefix("all");
            bar.tick();
            bar
        });
        Self { bars, all }
    }

    /// The bar of a document's pages.
    pub(super) fn document(&self, name: &str) -> ProgressBar {
        let bar = self.bars.insert(0, ProgressBar::no_length());
        styled(&bar, "{prefix:30!} [{bar:30}] {pos}/{len} pages {elapsed}");
        bar.set_prefix(name.to_owned());
        bar
    }

    /// Takes away the bar of a document that is done.
    pub(super) fn done(&self, bar: &ProgressBar) {
        bar.finish_and_clear();
        self.bars.remove(bar);
        if let Some(all) = &self.all {
            all.inc(1);
        }
    }

    /// Writes lines while the bars stand.
    pub(super) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bars.suspend(write)
    }

    pub(super) fn finish(&self) {
        if let Some(all) = &self.all {
            all.finish_and_clear();
        }
    }
}

fn styled(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
}
