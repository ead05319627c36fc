//! The phases of a server, from serving to stopped.

use tokio::sync::watch;

/// A phase. The server only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Requests are accepted.
    Serving,
    /// No new requests are accepted; those accepted before are answered.
    Draining,
    /// Connections are dropped.
    Stopped,
}

/// Moves the server to its next phase. Dropping it stops the server.
pub(super) struct PhaseControl(watch::Sender<Phase>);

/// Follows the phase of the server.
#[derive(Clone)]
pub(super) struct PhaseWatch(watch::Receiver<Phase>);

/// Begins with the first phase.
pub(super) fn start() -> (PhaseControl, PhaseWatch) {
    let (sender, receiver) = watch::channel(Phase::Serving);
    (PhaseControl(sender), PhaseWatch(receiver))
}

impl PhaseControl {
    /// Enters a phase.
    pub(super) fn enter(&self, phase: Phase) {
        self.0.send_replace(phase);
    }
}

impl PhaseWatch {
    /// Waits until the phase, or a later one, is entered.
    pub(super) fn reached(&self, phase: Phase) -> impl Future<Output = ()> + Send + use<> {
        let mut phases = self.0.clone();
        // An error means that the control was dropped: no phase comes after that.
        async move { drop(phases.wait_for(|now| *now >= phase).await) }
    }
}
