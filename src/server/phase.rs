//! How far the server is on its way from serving to stopped.

use tokio::sync::watch;

/// How far the server is. It only goes forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Everything is taken in.
    Serving,
    /// Nothing new is taken in; what was is answered.
    Draining,
    /// Connections are dropped.
    Over,
}

/// Moves the phase. Where it is dropped, the server is over.
pub(super) struct Lead(watch::Sender<Phase>);

/// Tells the phase.
#[derive(Clone)]
pub(super) struct Phases(watch::Receiver<Phase>);

/// Begins to serve.
pub(super) fn start() -> (Lead, Phases) {
    let (lead, phases) = watch::channel(Phase::Serving);
    (Lead(lead), Phases(phases))
}

impl Lead {
    /// Goes on to a phase.
    pub(super) fn enter(&self, phase: Phase) {
        self.0.send_replace(phase);
    }
}

impl Phases {
    /// Waits until the phase is reached, or passed.
    pub(super) fn reached(&self, phase: Phase) -> impl Future<Output = ()> + Send + use<> {
        let mut phases = self.0.clone();
        // An error means that `Lead` is gone: that is as far as it goes.
        async move { drop(phases.wait_for(|now| *now >= phase).await) }
    }
}
