"""Any table of images of a user's own."""

NAMESPACE = {
    "prefix": "csv:",
    "resolver": "medpeft_plugins.datasets.csv_file.spec:resolve",
    "address": "medpeft_plugins.datasets.csv_file.reader:CsvFile",
    "description": "any CSV or TSV file with a row for each image; options name its columns",
    "example": "csv:path/to/table.csv,path=file,label=diagnosis,group=patient",
}
