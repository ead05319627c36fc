//! The thread that takes away what is kept no longer. It only prepares: what changes, changes in turns
//! of the writer.

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::pipeline::{Pipeline, guarded, lock, spawn};
use super::retention::RoundsBefore;
use super::{Core, Engine, Result, now_ms};

/// The thread, and what wakes it.
pub(super) struct Upkeep {
    /// Takes the time. `None` once it has ended.
    wake: Mutex<Option<Sender<i64>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Upkeep {
    pub fn start(core: Arc<Core>, pipeline: Arc<Pipeline>) -> Result<Self> {
        // One wake waits while a round is made: that round may not see what it is for.
        let (wake, wakes) = bounded(1);
        let thread = spawn("upkeep", move || make_rounds(&core, &pipeline, &wakes))?;
        Ok(Self {
            wake: Mutex::new(Some(wake)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Begins a round, unless one waits already.
    fn wake(&self, now_ms: i64) {
        if let Some(wake) = &*lock(&self.wake) {
            let _ = wake.try_send(now_ms);
        }
    }

    /// Waits until the present portion is done. The rest is left for the next start.
    pub fn end(&self) {
        lock(&self.wake).take();
        if let Some(thread) = lock(&self.thread).take() {
            // If it panicked, it has reported that.
            let _ = thread.join();
        }
    }
}

impl Drop for Engine {
    /// Stops the threads, as [`Engine::close`] does.
    fn drop(&mut self) {
        self.pipeline.close();
        self.upkeep.end();
    }
}

impl Engine {
    /// Begins to take away what is due now: articles that are older than their collection keeps them.
    /// Returns at once. Whoever runs an engine for long calls it from time to time; the server does so
    /// each minute.
    pub fn upkeep(&self) {
        self.upkeep_at(now_ms());
    }

    /// Does as [`Self::upkeep`] at a given time, in milliseconds since 1970.
    pub fn upkeep_at(&self, now_ms: i64) {
        self.upkeep.wake(now_ms);
    }
}

fn make_rounds(core: &Core, pipeline: &Pipeline, wakes: &Receiver<i64>) {
    let mut before = RoundsBefore::default();
    for now_ms in wakes {
        // A failure of the store meets the next job, too, and is reported there. The next round goes on
        // where this one has stopped.
        let _ = guarded(|| core.take_away_due(pipeline, &mut before, now_ms));
    }
}
