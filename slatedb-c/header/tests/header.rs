//! The committed header is the one that the sources give.

#[test]
fn the_committed_header_is_up_to_date() {
    let committed = std::fs::read(slatedb_c_header::path()).unwrap_or_default();
    assert!(
        committed == slatedb_c_header::generate(),
        "include/slatedb.h doesn't match src/. Write it anew, in slatedb-c/:\n\
         cargo run --release --locked -p slatedb-c-header --example write"
    );
}
