"""The rules by which rows of a ledger are judged: code, meaning, cure."""

from ..findings import rule

__all__ = [
    "ACCOUNTED",
    "AMOUNT_BLANK",
    "AMOUNT_NEGATIVE",
    "AMOUNT_RANGE",
    "AMOUNT_UNREADABLE",
    "AMOUNT_ZERO",
    "BLANK_ROWS",
    "CANCELLATION_UNREADABLE",
    "CHARACTERS",
    "CONSTANT_RATES",
    "COUNT_UNREADABLE",
    "CURRENCY_ASSUMED",
    "CURRENCY_UNKNOWN",
    "CUSTOMER_BLANK",
    "DATE_BLANK",
    "DATE_FAR",
    "DATE_IMPOSSIBLE",
    "DATE_RANGE",
    "DATE_UNREADABLE",
    "DUPLICATE",
    "EMPTY_PERIOD",
    "ENDING",
    "END_BEFORE_START",
    "END_INCLUSIVE",
    "FORMULA_BLANK",
    "HEADER_FOUND",
    "INTERVAL_BLANK",
    "INTERVAL_MISSING",
    "INTERVAL_UNREADABLE",
    "MAPPING",
    "MAPPING_CHOICE",
    "MONTH_ASSUMED",
    "MONTH_ONLY",
    "NAME_TAKEN",
    "NUL",
    "NULL_WORD",
    "NUMBER_UNREADABLE",
    "OVERLAP",
    "QUOTES",
    "RAGGED",
    "SHEET",
    "SNAPSHOT",
    "SNAPSHOT_CELL",
    "SPACES",
    "SYMBOL",
    "TERM_UNREADABLE",
    "TOTAL_ROW",
    "WORD_UNKNOWN",
]

# What concerns the file as such.
CHARACTERS = rule(
    "encoding", "The file is not valid UTF-8.", "Check the names there, or say the encoding."
)
NUL = rule("nul-byte", "The row holds a NUL byte.", "Export the file again.")
QUOTES = rule("damaged-quotes", "A quote is opened or closed in the wrong place.", "Mend the row.")
RAGGED = rule("ragged-row", "The row has more or fewer cells than the header.", "Mend the row.")
BLANK_ROWS = rule("blank-row", "The file has rows without any value.", "Nothing to do.")
HEADER_FOUND = rule(
    "header-row", "Lines stand above the header.", "Remove them if the header is another."
)
SHEET = rule("sheet", "The workbook has several sheets.", "Name the sheet if it is another.")
ENDING = rule("file-ending", "The file's ending is unknown.", "Rename it if it was misread.")
FORMULA_BLANK = rule(
    "formula-without-value",
    "The cell holds a formula without a stored value, or an error value.",
    "Open and save the workbook in a spreadsheet program, or write the value.",
)

# What concerns the meaning of the columns.
MAPPING = rule("mapping", "A column's meaning was guessed.", "Map it yourself if that is wrong.")
MAPPING_CHOICE = rule(
    "mapping-choice",
    "Several columns could carry one meaning.",
    "Map the other one if that is the right one.",
)
NAME_TAKEN = rule(
    "dimension-renamed",
    "A column has the name of a standard column but another meaning.",
    "Use the new name to segment by it.",
)
INTERVAL_MISSING = rule(
    "interval-missing",
    "No column says for how long the amount pays.",
    "Name the column with the interval (--map interval=COLUMN), or say what the amounts are: --map"
    " mrr=COLUMN for a month, --map arr=COLUMN for a year.",
)
MONTH_ASSUMED = (
    "each was read as the price of one month: a yearly price makes its MRR 12 times too high"
)
SNAPSHOT = rule(
    "snapshot",
    "The file is a customer x month table of MRR.",
    "Map start and end if it is one of lines.",
)
ACCOUNTED = rule("interval-of-mrr", "MRR is given, so the interval divides nothing.", "Read on.")

# What concerns one row.
CUSTOMER_BLANK = rule("customer-blank", "Nobody is named as the customer.", "Name the customer.")
TOTAL_ROW = rule("total-row", "The row is a total, not a customer.", "Remove it from the file.")
DATE_BLANK = rule("date-blank", "The date is missing.", "Write it as YYYY-MM-DD.")
DATE_UNREADABLE = rule("date-unreadable", "The cell is not a date.", "Write it as YYYY-MM-DD.")
DATE_IMPOSSIBLE = rule(
    "date-impossible",
    "The day does not exist, or not in the order that the column is read in.",
    "Correct the date.",
)
DATE_RANGE = rule("date-out-of-range", "The year is before 1970 or after 2199.", "Correct it.")
DATE_FAR = rule("date-far", "An end far in the future means no end.", "Leave it blank.")
MONTH_ONLY = rule("month-only", "A date has no day.", "Write the day if it is another.")
NULL_WORD = rule("blank-word", "A word stands for a blank cell.", "Leave the cell blank.")
CANCELLATION_UNREADABLE = rule(
    "cancellation-date-unreadable",
    "The date of the cancellation is not a date.",
    "Correct it; it matters where the policy dates churn by it.",
)
TERM_UNREADABLE = rule("term-end-unreadable", "The term's end is not a date.", "Correct it.")
END_BEFORE_START = rule("end-before-start", "The end lies before the start.", "Correct the dates.")
EMPTY_PERIOD = rule("empty-period", "End and start are the same day.", "Check the dates.")
END_INCLUSIVE = rule(
    "end-inclusive",
    "Most ends are the last day of a month, as in files whose end is the last paid day.",
    "If it is so, add a day to each end: here the end is the first day without service.",
)
AMOUNT_BLANK = rule("amount-blank", "The amount is missing.", "Write the amount, 0 if it is 0.")
AMOUNT_UNREADABLE = rule("amount-unreadable", "The cell is not an amount.", "Write plain digits.")
AMOUNT_RANGE = rule("amount-out-of-range", "The amount is 10 trillion or more.", "Correct it.")
AMOUNT_NEGATIVE = rule(
    "amount-negative", "The amount is negative.", "Check that it is a credit or a discount."
)
AMOUNT_ZERO = rule("amount-zero", "The amount is 0.", "Nothing to do if it is a free line.")
SYMBOL = rule(
    "currency-symbol", "The amount's sign is another currency's.", "Check the row's currency."
)
NUMBER_UNREADABLE = rule("number-unreadable", "The cell is not a number.", "Write plain digits.")
INTERVAL_BLANK = rule("interval-blank", "The billing interval is missing.", "Write month or year.")
INTERVAL_UNREADABLE = rule(
    "interval-unreadable",
    "The billing interval is none that is known.",
    "Write day, week, month, quarter or year, or a number of months.",
)
COUNT_UNREADABLE = rule(
    "interval-count-unreadable",
    "The number of intervals is not a whole number from 1 to 1200.",
    "Write how many intervals the amount pays for.",
)
CURRENCY_ASSUMED = rule(
    "currency-assumed", "The currency is not said in the row.", "Write an ISO 4217 code."
)
CURRENCY_UNKNOWN = rule("currency-unknown", "The currency is unknown.", "Write an ISO 4217 code.")
CONSTANT_RATES = rule(
    "constant-rates",
    "Lines in another currency are converted at the rate of the month in which they start.",
    "The policy currency: at_start says so, and the fx movement is 0; leave it out for the rate of"
    " each close.",
)
MONTHLY_RATES = rule(
    "monthly-rates",
    "Amounts in another currency are converted at the rate of each close.",
    "Nothing to do; what the rates did to standing MRR is the fx movement.",
)
BUDGET_RATE = rule(
    "budget-rate",
    "There is one rate alone for the currency: it is taken for all months.",
    "Give a rate for every month if it is no budget rate.",
)
WORD_UNKNOWN = rule("word-unknown", "The word is none of those known.", "Correct or remove it.")
DUPLICATE = rule("duplicate", "The row equals an earlier one in every cell.", "Remove one of them.")
OVERLAP = rule(
    "overlap", "Lines of one customer overlap in time.", "Nothing to do if he pays for both."
)
SPACES = rule("spaces", "Names begin or end with spaces.", "Remove the spaces.")
SNAPSHOT_CELL = rule(
    "snapshot-cell", "A month's MRR is not an amount.", "Write plain digits, or leave it blank."
)
