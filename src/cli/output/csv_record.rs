//! A record of CSV (RFC 4180).

use crate::cli::exit::Failure;

/// The cells with CRLF at their end; unless raw, no spreadsheet reads one as a formula.
pub(super) fn record(cells: impl Iterator<Item = String>, is_raw: bool) -> Result<String, Failure> {
    let unwritable = |error: csv::Error| Failure::File(format!("CSV cannot be written: {error}."));
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let cells = cells.map(|cell| if is_raw { cell } else { guarded(cell) });
    writer.write_record(cells).map_err(unwritable)?;
    let bytes = writer.into_inner().map_err(|error| unwritable(error.into_error().into()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A cell that looks guarded already gets a further quote, so that taking one away always gives the value back.
fn guarded(cell: String) -> String {
    if is_guardable(&cell) { format!("'{cell}") } else { cell }
}

/// Whether it begins like a formula, behind any quotes.
pub(super) fn is_guardable(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guarded_cells_of_different_values_differ() {
        for (cell, expected) in [("+x", "'+x"), ("'+x", "''+x"), ("''=x", "'''=x"), ("'s", "'s"), ("x", "x")]
        {
            assert_eq!(guarded(cell.to_owned()), expected);
        }
    }
}
