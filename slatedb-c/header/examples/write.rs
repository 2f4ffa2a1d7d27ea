//! Writes include/slatedb.h anew.

fn main() {
    std::fs::write(slatedb_c_header::path(), slatedb_c_header::generate()).expect("write the header");
}
