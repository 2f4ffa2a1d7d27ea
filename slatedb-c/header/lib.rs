//! include/slatedb.h, from the sources.

use std::path::{Path, PathBuf};

/// The header as the sources give it.
pub fn generate() -> Vec<u8> {
    let root = library();
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("read cbindgen.toml");
    let bindings = cbindgen::generate_with_config(root, config).expect("generate the header");
    let mut header = Vec::new();
    bindings.write(&mut header);
    header
}

/// Where it is committed.
pub fn path() -> PathBuf {
    library().join("include/slatedb.h")
}

fn library() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the library is the parent directory")
}
