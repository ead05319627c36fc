//! A random number of the store's, which is made when it is first asked for. It is an entry of the journal, so that
//! snapshots and servers that share a store have the same.

use super::ingest::Turn;
use super::{Core, Engine, Result};
use crate::record::{Entry, RowReader};
use crate::store::random_bytes;

impl Engine {
    /// Returns a random number that this store alone has, for sealing what is given to clients. Nobody who only
    /// asks the engine otherwise can learn it. The first call in the life of a store writes it.
    ///
    /// # Errors
    /// [`Error::Closed`](super::Error::Closed), and those of the store.
    pub fn secret(&self) -> Result<[u8; 32]> {
        loop {
            if let Some(secret) = self.core.secret.get() {
                return Ok(*secret);
            }
            // Also waits until what another call has staged is durable.
            self.change(Box::new(Core::make_secret))?;
            if let Some(secret) = RowReader(&*self.core.store).secret()? {
                self.core.secret.get_or_init(|| secret);
            }
        }
    }
}

impl Core {
    /// Makes the random number, unless there is one by now: staged, not yet durable.
    fn make_secret(&self, now_ms: i64) -> Result<Turn<u64>> {
        if RowReader(&*self.store).secret()?.is_some() {
            return Ok((0, None));
        }
        let entry = Entry {
            secret: random_bytes::<32>()?.into(),
            ..self.entry(now_ms)?
        };
        Ok((0, self.stage(&entry, None, &[])?))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::engine::{Article, Engine, Params};
    use crate::store::{Embedded, EmbeddedParams, Memory};

    #[test]
    fn a_store_has_one_secret_also_when_it_is_rebuilt_and_compacted() {
        let dir = tempfile::tempdir().unwrap();
        let params = Params::default();
        let open = || {
            let store = EmbeddedParams::default();
            let opened = Embedded::open(dir.path(), &store, &params.shape(), &params.derive());
            Engine::open(Arc::new(opened.unwrap().store), params).unwrap()
        };
        let engine = open();
        let secret = std::thread::scope(|scope| {
            let asked = [(); 4].map(|()| scope.spawn(|| engine.secret().unwrap()));
            let [first, others @ ..] = asked.map(|asked| asked.join().unwrap());
            assert_eq!(others, [first; 3]);
            first
        });
        let other = Engine::open(Arc::new(Memory::default()), params).unwrap();
        assert_ne!(other.secret().unwrap(), secret);
        // All else in its segment is dead.
        let id = "gone".to_owned();
        let article = Article {
            id: id.clone(),
            ..Article::default()
        };
        engine.ingest(article).unwrap();
        engine.remove(&Default::default(), vec![id]).unwrap();
        engine.compact().unwrap();
        engine.close().unwrap();
        drop(engine);
        std::fs::remove_dir_all(dir.path().join("index")).unwrap();
        std::fs::remove_file(dir.path().join("checkpoint")).unwrap();
        assert_eq!(open().secret().unwrap(), secret);
    }
}
