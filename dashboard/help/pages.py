"""The help of every page, under the name of its script."""

from __future__ import annotations

from dashboard.curated import calendar
from dashboard.curated.member import METRICS as OF_MEMBER
from dashboard.help.types import GRID, Help, Key
from dashboard.summary import TILES

_BAR = (
    "The bar above asks: dates, departments, stores, brands, and the revision to look back at. The link holds it all."
)
_PANEL = (
    "Each panel can be read as a table, downloaded, opened in Explore, and pinned under a link that stays as it is."
)
_EDIT = (
    *GRID,
    Key("Enter", "change the cell; Enter again keeps it, Esc leaves it as it was"),
    Key("Ctrl V", "paste a block of cells, as copied from a spreadsheet"),
)

_PAGES = {
    "home": Help(
        "What is new since your last visit, and what needs a look today.",
        ("Each card leads to the page on which it is shown in full.",
         "Your favourite views stand at the top; they are chosen in Explore.",
         "Choose an earlier revision to see the morning as it would have been then."),
        words=("revision", "late fact", "target"), metrics=TILES,
    ),
    "overview": Help(
        "How sales are going: six figures, their trend, and which departments, stores and products they come from.",
        ("Click a bar to see the whole page for it alone; click it again, or its chip, to see everything.",
         "Click the name of a figure to open it in Explore.", _BAR, _PANEL),
        words=("revision", "as of", "business date"), metrics=TILES,
    ),
    "explore": Help(
        "Any metric by any dimension: over time, compared, against targets, down to the single lines.",
        ("Choose up to six metrics, three rows and a column; the chart follows, or choose one.",
         "Click a mark to go down to what it consists of, to keep only it, or to read the lines behind it.",
         "Save what you see as a view, for yourself or for everybody; watch a view to be told when it moves.",
         "Take the table away as CSV, XLSX or Parquet, the chart as PNG or SVG, the question as SQL."),
        GRID, words=("metric", "dimension", "grain", "others", "saved view"),
    ),
    "dashboards": Help(
        "Several saved views side by side under one filter bar: what a meeting or a wall wants to see at once.",
        ("Choose a dashboard, or begin a new one and add saved views to it.",
         "The bar is over all views: with “Each view's own” each has its own dates, with other periods all have these.",
         "“Arrange” adds, moves, sizes and takes off views; nobody else sees it until you save.",
         "The three dots of a panel lead to its table, to Explore, to why it changed, and to a pinned link.",
         "Show it on the whole screen, where it follows each new revision, or take it along as one HTML file."),
        (Key("Esc", "leave the whole screen"),),
        words=("dashboard", "saved view", "revision"),
    ),
    "explain": Help(
        "Why a figure changed: between two revisions by loads and edits, between two periods by price, volume and mix.",
        ("Choose the figure, its dates, and what to hold against each other.",
         "Click a part of the waterfall to open it into members, edited rows and lines.",
         "The parts always add up to the change exactly."),
        words=("revision", "restatement", "late fact"), metrics=("net_sales",),
    ),
    "data_quality": Help(
        "What reference data leaves open, how much money rests on it, and what to do about each point.",
        ("Choose an open point to see which products, stores or households it is, most money first.",
         "Managers go from there to the rows, and take suggested categories into a draft."),
        GRID, words=("retired", "draft"), metrics=("net_sales",),
    ),
    "pinned": Help(
        "A figure that was pinned: as it was, beside what it is now, with the rows that moved and why.",
        ("Copy the link to show the same figures to somebody else, for as long as you like.",
         "Open it in Explore to go on from there."),
        words=("revision", "as of", "certified"),
    ),
    "member": Help(
        "Everything about one member, such as a product, a store or a campaign: what it sells, where, and its edits.",
        ("Click what it belongs to, or what it is bought with, to go there.",
         "Open it in Explore, or see why its figures changed.",
         "Its edits tell who changed the row, when and why; managers go on to the row.", _BAR),
        GRID, words=("dimension", "retired", "revision"), metrics=OF_MEMBER,
    ),
    "search": Help(
        "Everything that has a name: pages, saved views, metrics, dimensions and their members.",
        ("Type words in any order; names that begin with them come first.",
         "Where nothing goes by what you typed, the nearest words are looked for, and it says so.",
         "The link holds the search, so it can be sent."),
    ),
    "products": Help(
        "What moved among products and why, how few of them make most, and what is bought together.",
        ("Choose dates and what to compare with; the parts of the change add up to it exactly.", _BAR, _PANEL),
        GRID, words=("metric",), metrics=("net_sales", "units"),
    ),
    "stores": Help(
        "Who sells most, how each store goes, and whether the large ones grow.",
        ("Click a store to see the page for it alone.", _BAR, _PANEL),
        words=("grain",), metrics=("net_sales",),
    ),
    "customers": Help(
        "Who comes back, how loyal households are, and what they are like.",
        ("Choose a segment to see what it buys compared with everybody.", _BAR, _PANEL),
        GRID, words=("dimension",), metrics=("households", "net_sales"),
    ),
    "promotions": Help(
        "Whom campaigns reached, who redeemed, and what they bought before, during and after.",
        ("Choose a campaign; households that received it are drawn beside all others.", _BAR, _PANEL),
        GRID, metrics=("net_sales", "households"),
    ),
    "calendar": Help(
        "When it is sold: by hour, by weekday, day by day, and what events did.",
        ("Choose a metric; darker is more.", _BAR, _PANEL),
        GRID, words=("business date",), metrics=calendar.METRICS,
    ),
    "attainment": Help(
        "Which departments meet their targets, and where the month ends at this rate.",
        ("Blue has met its target, orange has not; the figure says how much of it.", _BAR, _PANEL),
        GRID, words=("target",), metrics=("attainment", "target", "net_sales"),
    ),
    "reference": Help(
        "What charts are broken down by: products, categories, stores, campaigns and every other table that is edited.",
        ("Search, filter and sort; type into cells, paste blocks, or set many rows at once.",
         "What you type is your draft: nobody else sees it, and it survives closing the page.",
         "Review shows what would change, and what it does to the figures; saving it makes one revision.",
         "Take the table away as a file, edit it, and bring it back."),
        _EDIT, words=("draft", "revision", "retired", "conflict"),
    ),
    "targets": Help(
        "What net sales are wanted of each department in each month, and how far they are attained.",
        ("Type or paste targets, or spread a year as last year's sales were.",
         "They are a draft until you review and save them."),
        _EDIT, words=("target", "draft"), metrics=("target", "attainment"),
    ),
    "review": Help(
        "Drafts before they are saved: what changes, what rests on it, and what stands in the way.",
        ("Take changes out, choose between yours and theirs where both changed a field, and say why you save.",
         "Where a table asks for a second manager, hand the draft over; what was handed to you is here, too."),
        GRID, words=("draft", "conflict", "revision"),
    ),
    "history": Help(
        "Every load and every edit as a numbered revision: who, when, what and why.",
        ("Open a revision to see which rows it changed, what it did to the figures, and to undo it.",
         "Give a revision a name to find it again; managers can vouch for its figures.",
         "Undoing is a revision of its own: nothing is ever lost."),
        GRID, words=("revision", "certified", "restatement"),
    ),
    "glossary": Help(
        "What every metric, every dimension and every other word means, and where it is used.",
        ("Type to narrow the list; open a word to read its formula, its source and how it adds up.",
         "Each word has a link of its own."),
    ),
    "watches": Help(
        "What loads and edits did to the figures that you watch, each with its explanation.",
        ("Open a message to see what moved the figure; end a watch that you no longer need.",
         "New watches are made on a saved view in Explore."),
        words=("saved view", "revision"),
    ),
    "account": Help(
        "Who you are here: your password, and the browsers that are logged in.",
        ("Change the password: every other browser is logged out.", "End a session that you do not know."),
    ),
    "accounts": Help(
        "Who may log in, as what and for which stores; who is logged in now; and what was done with accounts.",
        ("Pick an account to change its role, name or stores, reset its password, or disable it.",
         "A new account gets a password that is shown once, and has to choose its own at the first login.",
         "“Who is logged in” ends sessions; an account that is disabled or limited notices at its next action.",
         "The audit trail says who did what to whom, and who took which file; nobody can change it."),
        GRID, words=("scope", "revision"),
    ),
}  # fmt: skip


def help_of(file: str) -> Help:
    """The help of a page, by the name of its script."""
    return _PAGES[file]
