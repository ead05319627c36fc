//! What fails, as exceptions with the engine's words.

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use wirecopy::{engine, store};

create_exception!(
    wirecopy_engine,
    EngineError,
    PyException,
    "A call failed. The subclasses say why."
);
create_exception!(
    wirecopy_engine,
    InvalidError,
    EngineError,
    "An article or an argument is invalid; the message names the row and the field."
);
create_exception!(
    wirecopy_engine,
    LockedError,
    EngineError,
    "The store is open already; the message names the process."
);
create_exception!(
    wirecopy_engine,
    ClosedError,
    EngineError,
    "The engine was closed."
);
create_exception!(
    wirecopy_engine,
    StoreError,
    EngineError,
    "The store cannot be opened, read or written."
);

/// Adds the exceptions to the module.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("EngineError", py.get_type::<EngineError>())?;
    module.add("InvalidError", py.get_type::<InvalidError>())?;
    module.add("LockedError", py.get_type::<LockedError>())?;
    module.add("ClosedError", py.get_type::<ClosedError>())?;
    module.add("StoreError", py.get_type::<StoreError>())
}

/// Returns the exception for an error of the engine.
pub fn of_engine(error: engine::Error) -> PyErr {
    let words = error.to_string();
    match error {
        engine::Error::Invalid { .. } => InvalidError::new_err(words),
        engine::Error::Closed => ClosedError::new_err(words),
        engine::Error::Store(store::Error::Locked { .. }) => LockedError::new_err(words),
        engine::Error::Store(_) | engine::Error::Record(_) => StoreError::new_err(words),
        _ => EngineError::new_err(words),
    }
}

/// Returns the exception for an error of the store.
pub fn of_store(error: store::Error) -> PyErr {
    of_engine(error.into())
}

/// Returns the exception for an argument that is invalid.
pub fn invalid(why: impl Into<String>) -> PyErr {
    InvalidError::new_err(why.into())
}
