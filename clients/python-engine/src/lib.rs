//! The module `wirecopy_engine`: the engine of Wirecopy in a Python process.
//!
//! Tables of articles go in and tables of results come out by Arrow's C data interface, so that none is copied to
//! Python objects. Nothing is decided here: rows are converted, the engine called, and its answers converted.
//! `wirecopy_engine.pyi` has the types and the manual of every function.

mod articles;
mod engine;
mod errors;
mod input;
mod job;
mod table;
mod texts;

use pyo3::prelude::*;

#[pymodule]
fn wirecopy_engine(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<engine::PyEngine>()?;
    module.add_class::<table::Table>()?;
    module.add_class::<texts::Comparison>()?;
    module.add_function(wrap_pyfunction!(engine::cluster, module)?)?;
    module.add_function(wrap_pyfunction!(texts::read, module)?)?;
    module.add_function(wrap_pyfunction!(texts::sketch, module)?)?;
    module.add_function(wrap_pyfunction!(texts::verify, module)?)?;
    errors::add_to(module)
}
