using Latchkey.Server.Dashboard;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>Formula injection: a spreadsheet runs text that begins like a formula.</summary>
public sealed class Cells_of_a_download
{
    [Theory]
    [InlineData("=1+1", "\"'=1+1\"")]
    [InlineData(" @x", "\"' @x\"")]
    [InlineData("+49", "\"'+49\"")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("O'Hara", "\"O'Hara\"")]
    [InlineData("a,\"b\"", "\"a,\"\"b\"\"\"")]
    [InlineData("ada@acme.example", "ada@acme.example")]
    public void A_cell_of_a_download_is_never_a_formula(string value, string cell) =>
        Assert.Equal(cell, RowsDownload.Cell(value));
}
