//! How one text differs from another.

/// The lines of two texts, those that only the first has with `-` and those that only the second has with `+` before them.
pub fn difference(expected: &str, got: &str) -> String {
    let (expected, got): (Vec<&str>, Vec<&str>) = (expected.split('\n').collect(), got.split('\n').collect());
    // The length of the longest common rest, from each pair of lines on.
    let mut common = vec![vec![0_usize; got.len() + 1]; expected.len() + 1];
    for row in (0..expected.len()).rev() {
        for column in (0..got.len()).rev() {
            common[row][column] = if expected[row] == got[column] {
                common[row + 1][column + 1] + 1
            } else {
                common[row + 1][column].max(common[row][column + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut lines = Vec::new();
    while row < expected.len() || column < got.len() {
        if row < expected.len() && column < got.len() && expected[row] == got[column] {
            lines.push(format!("  {}", expected[row]));
            row += 1;
            column += 1;
        } else if column == got.len()
            || row < expected.len() && common[row + 1][column] >= common[row][column + 1]
        {
            lines.push(format!("- {}", expected[row]));
            row += 1;
        } else {
            lines.push(format!("+ {}", got[column]));
            column += 1;
        }
    }
    lines.join("\n")
}
