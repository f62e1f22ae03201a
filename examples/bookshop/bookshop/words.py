# ruff: noqa: E501 - a pool of words reads best on one line
"""The words that invented books are made of: names, presses, and for every subject its titles and what is said of them.

`{noun}` in a pattern is replaced by a word of that pool; pools of the subject come before the common ones.
"""

from __future__ import annotations

from typing import NamedTuple


class Shelf(NamedTuple):
    """A subject: its name, how its books look in print, and the patterns and pools its books are made from."""

    name: str
    pages: tuple[int, int]
    titles: tuple[str, ...]
    subtitles: tuple[str, ...]
    blurbs: tuple[str, ...]
    closings: tuple[str, ...]
    pools: dict[str, tuple[str, ...]]


GIVEN = tuple(
    """Ada Agnes Aisha Alma Amara Anneke Anouk Astrid Aurelio Beatriz Bertrand Bronwen Callum Carmen Cecily Clemens Cosima
    Dagny Daniel Desmond Dilys Dorothea Edmund Efua Eilidh Elias Elif Emeka Esther Ewan Farida Felix Femi Fiona Florian
    Gareth Giulia Grace Greta Hamish Hanna Hector Henrike Hugo Ibrahim Idris Irma Ingrid Iris Isabel Isolde Ivo Jamal
    Jasper Joan Jonas Josephine Kamila Kaspar Kenji Kirsten Laila Lars Leonora Lionel Lucian Lydia Magnus Mairead Malik
    Marguerite Matteo Maud Mei Milena Miriam Nadia Naomi Nell Niamh Noor Octavia Odile Olga Oscar Otto Paloma Patience
    Petra Philippa Quentin Rafael Renata Rhys Rosalind Rowan Ruth Salma Samir Saskia Sefton Sigrid Silvio Solveig Stella
    Sunniva Sylvie Tamsin Teodor Thea Tobias Tomasz Ursula Valentin Vera Vikram Wilfred Winifred Yara Yusuf Zadok Zofia""".split()
)
# NOTE: the blurbs say "she" of the people in them, so these come from names that fit.
HEROINES = tuple(
    """Ada Agnes Aisha Alma Amara Anouk Astrid Beatriz Bronwen Carmen Cecily Cosima Dagny Dilys Dorothea Efua Eilidh Esther
    Farida Fiona Giulia Greta Hanna Irma Ingrid Iris Isolde Josephine Kamila Laila Leonora Lydia Mairead Maud Milena Miriam
    Nadia Nell Niamh Octavia Olga Paloma Petra Renata Rosalind Ruth Salma Sigrid Solveig Tamsin Thea Ursula Vera Winifred Yara""".split()
)
FAMILY = tuple(
    """Abernathy Achterberg Adeyemi Alder Almeida Amsel Arkwright Ashdown Baptiste Barrow Bellwether Berglund Blackwood Bosman
    Brandt Caldwell Carrow Castellano Chandra Cheung Corrigan Cray Dahl Darkwa Delacroix Devereux Dinsmore Drummond Eastlake
    Ekwueme Ellery Esposito Fairweather Farrow Fenwick Ferreira Fontaine Forsyth Gallimore Garrick Gathercole Godwin
    Greville Grieve Hadley Halloran Hartnoll Hashimoto Haverstock Heron Hollis Hosseini Ibsley Iversen Jessop Juarez Kaplan
    Karim Keating Kestrel Kilbride Kowalska Lachlan Lambourne Larkin Leclerc Lindqvist Lorimer Lovelace Macallan
    Marchetti Marlowe Mbeki Merriweather Mistry Montague Nakamura Nesbitt Nightingale Norwood Obuya Oduya Okonkwo Olsson Orme
    Osgood Pascoe Pemberton Penhaligon Petrov Pomfret Quarles Quist Rasmussen Ravenscroft Redfern Reyes Rosenthal Rutledge
    Sandoval Sayer Selwyn Sharma Silverstone Sedley Solberg Sorley Strand Tanaka Tarkington Teller Thackray Thorne
    Tolliver Trevelyan Underhill Vance Vasquez Verhoeven Voss Wainwright Waverley Weiss Whitlock Winterbourne Wray Yilmaz
    Yardley Zeller""".split()
)
PRESSES = (
    "Lantern & Lock", "Heron Street Press", "Quayside Books", "Oxbow Editions", "The Blue Door", "Northlight", "Saltmarsh Press",
    "Fig & Thistle", "Pilcrow House", "Meridian Row", "Third Landing", "Calder & Wren", "Inkhorn", "Harbour Lane", "Small Hours Press",
)  # fmt: skip
PAPERS = (
    "The Harbour Review", "The Evening Ledger", "The Northern Quarterly", "Pages & Places", "The Reading Room", "The Lamplighter",
    "The Sunday Compass", "Booksellers’ Weekly", "The Kettle", "The Almanac of Books",
)  # fmt: skip
PRAISE = (
    "I missed my stop twice", "Quietly magnificent", "A book to press into the hands of friends", "Witty, exact and unexpectedly moving",
    "Not a wasted sentence", "I began it at supper and finished at breakfast", "Full of light", "The rare book that deserves its silence afterwards",
    "Learned without ever being heavy", "I have bought it four times, having lent it three", "As clear as a bell and as lasting",
    "It made me late for everything", "Warm, wise and very funny", "I closed it and started again", "Generous on every page",
    "A small marvel", "It changed how I look out of the window", "Sharp as a pin", "The best thing I have read this winter", "Patient, curious, unforgettable",
)  # fmt: skip

POOLS: dict[str, tuple[str, ...]] = {
    "place": (
        "Anselm Bay", "Carrowmore", "Halden", "Lisbon", "Port Isolde", "Trieste", "Westering", "Galway", "Bergen", "Marrowby", "Naples",
        "Odessa", "Saint Brannoc", "Valparaíso", "Thornwick", "Porto", "Kestle Cross", "Lübeck", "Tangier", "Aldermouth",
    ),
    "season": ("January", "Spring", "Midsummer", "August", "October", "Winter", "Lent", "Advent"),
    "number": ("Two", "Three", "Four", "Five", "Six", "Seven", "Nine", "Eleven", "Twelve", "Twenty", "Forty"),
    "adj": (
        "Quiet", "Borrowed", "Unfinished", "Ordinary", "Distant", "Hidden", "Second", "Late", "Long", "Patient", "Hollow", "Silver", "Northern",
        "Small", "Restless", "Forgotten",
    ),
    "relation": ("daughter", "brother", "widow", "mother", "neighbour", "oldest friend", "grandfather", "sister"),
    "time": ("one wet autumn", "a single weekend", "forty years", "the hottest summer in memory", "three generations", "one long winter"),
}  # fmt: skip

SHELVES: dict[str, Shelf] = {
    "fiction": Shelf(
        "Fiction",
        (180, 520),
        (
            "The {noun} Year", "What the {noun} Kept", "The {maker}’s {kin}", "{number} {plural}", "A {adj} {noun}", "The {adj} {plural}",
            "{season} in {place}", "The Last {maker} of {place}", "Letters to a {maker}", "The {noun} and the {noun2}", "All the {adj} {plural}",
        ),
        ("A Novel",),
        (
            "When {name} comes home to {place} to bury her {relation}, she finds the house let, the garden locked and a {object} addressed to somebody "
            "who cannot exist.",
            "For {time} nobody in {place} has spoken of the {object}. Then {name} asks a question at dinner.",
            "{name} repairs clocks and avoids people, until a relative she never knew leaves her a {object} and half a hotel in {place}.",
            "On the last ferry to {place}, {name} takes somebody else’s suitcase by mistake. Inside lies a {object}, and a life that fits better than her own.",
            "Told over {time}, this is the story of {name}, who sells the family {object} and spends the rest of her days trying to buy it back.",
        ),
        (
            "A novel about what families hide in plain sight, and about the kindness of strangers who have no reason for it.",
            "Tender, slyly funny and beautifully made, it asks how much of the past a house can hold.",
            "With the calm of a born storyteller, the author unfolds a secret that turns out to be a gift.",
            "It is a story about leaving, and about the few things worth going back for.",
        ),
        {
            "noun": ("Salt", "Orchard", "Harbour", "Lantern", "Glass", "River", "Winter", "Piano", "Honey", "Snow", "Lighthouse", "Ferry", "Window", "Garden"),
            "noun2": ("Tide", "Wren", "Ash", "Mirror", "Key", "Thread", "Stone", "Moth"),
            "plural": ("Rooms", "Sisters", "Summers", "Strangers", "Goodbyes", "Houses", "Inheritances", "Sundays", "Promises", "Tenants"),
            "maker": ("Beekeeper", "Cartographer", "Piano Tuner", "Glassblower", "Ferryman", "Translator", "Clockmaker", "Archivist", "Gardener", "Bookbinder"),
            "kin": ("Daughter", "Apprentice", "Widow", "Brother", "Secret", "House", "Summer"),
            "object": ("tin of letters", "sealed ledger", "violin without strings", "box of undeveloped film", "map drawn in pencil", "bundle of receipts"),
        },
    ),
    "crime": Shelf(
        "Crime & Mystery",
        (220, 440),
        (
            "Death at {house}", "The {adj} {evidence}", "Murder in {season}", "The {house} Affair", "A {evidence} in {place}", "The {ordinal} {evidence2}",
            "Nobody Leaves {place}", "The {victim} Who Knew", "The Body in the {room}", "Cold as {place}", "Silence at {house}",
        ),
        ("An Inspector {family} Mystery", "A {place} Mystery", ""),
        (
            "The guests at {house} have every reason to dislike the {victim2}. By breakfast one of them has acted on it, and the only road to {place} is under water.",
            "Inspector {family} has {number2} days until retirement when a {object} turns up in a {room2} in {place}, in the hand of a man who died twenty years ago.",
            "A locked {room2}, a stopped watch and a {object}: the police of {place} call it an accident. {name}, who cleans the house, does not.",
            "Every Thursday {name} plays cards with the same three people. This Thursday one chair is empty, and all three of the others are lying.",
        ),
        (
            "A fair and fiendish puzzle in which every clue lies on the table from the first chapter.",
            "Atmospheric, dryly funny, and impossible to guess.",
            "You will want to turn back to page one the moment you know.",
            "The most satisfying kind of mystery: the one where the answer was in front of you.",
        ),
        {
            "house": ("Marrow Hall", "Thornwick Priory", "the Hotel Belvedere", "Gull House", "Saint Osyth’s", "Blackstairs", "the Reading Room", "Cutler’s Yard"),
            "evidence": ("Alibi", "Witness", "Inheritance", "Telegram", "Confession", "Silence", "Motive", "Footprint"),
            "evidence2": ("Guest", "Key", "Glass", "Letter", "Witness", "Bell", "Chair"),
            "ordinal": ("Fourth", "Sixth", "Seventh", "Ninth", "Eleventh", "Thirteenth"),
            "number2": ("four", "six", "nine", "eleven"),
            "victim": ("Organist", "Bookseller", "Butler", "Librarian", "Auctioneer", "Choirmaster", "Gardener", "Chess Master"),
            "victim2": ("colonel", "auctioneer", "celebrated soprano", "new vicar", "retired judge", "host"),
            "room": ("Map Room", "Boathouse", "Bindery", "Orangery", "Music Room", "Lock-Keeper’s Cottage", "Vestry", "Wine Cellar"),
            "room2": ("library", "boathouse", "greenhouse", "bell tower", "darkroom"),
            "object": ("theatre ticket", "railway timetable", "single white glove", "chess piece", "torn hymn sheet", "silver thimble"),
        },
    ),
    "science-fiction": Shelf(
        "Science Fiction",
        (240, 600),
        (
            "The {cosmic} Engine", "Children of {star}", "The Long Way to {star}", "{number} Light Years of Silence", "The {ship}", "Beneath {star}’s {number} Moons",
            "A Grammar for {alien}", "The {cosmic} Garden", "Last Signal from {star}", "The Archivist of {star}", "{cosmic} Weather", "Orbital {season}",
        ),
        ("Book One of the {star} Cycle", "", ""),
        (
            "The generation ship {ship} has been silent for a century. When it answers at last, it answers in the voice of {name}’s {relation}.",
            "On {star}, memory is money. {name} has spent nearly all of hers, and cannot recall on what.",
            "{name} is the last human translator among the {alien2}, who have no word for the future and have just asked her for one.",
            "The terraformers of {star} were promised rain in two hundred years. It comes on a Tuesday, a century early, and it is warm.",
        ),
        (
            "Big ideas, small kindnesses, and a last page that opens like an airlock.",
            "Science fiction of the humane and curious sort, with real orbits and real people in them.",
            "A voyage in which the strangest country is the one the crew brought along.",
            "Vast in its distances and exact in its feelings.",
        ),
        {
            "star": ("Tycho", "Ceres", "Halcyon", "Kepler’s Rest", "Vesper", "Anahita", "Perdita", "Sedna", "Aldebaran", "Ostara"),
            "cosmic": ("Perihelion", "Void", "Starlight", "Entropy", "Gravity", "Helium", "Eclipse", "Quantum", "Solstice"),
            "ship": ("Patience of Stones", "Borrowed Light", "Second Spring", "Unhurried Arrow", "Cartographer’s Mercy", "Weight of Morning", "Lantern Bearer", "Slow Hello"),
            "alien": ("Rivers", "the Hive", "Drowned Worlds", "Machines", "the Unborn", "Stars"),
            "alien2": ("Ilyr", "Corvane", "tidal minds of Europa", "Selkath", "glass people of Perdita"),
        },
    ),
    "history": Shelf(
        "History",
        (280, 720),
        (
            "The {goods} Road", "{goods} and {power}", "The {power} of {goods}", "A History of {things}", "The {adj} {power}", "{place}: A City and Its {things}",
            "How {things} Made the World", "The World of the {people}", "The {people}’s {object}", "Before the {event}", "After the {event}",
        ),
        (
            "Trade and Everyday Life, {year1}–{year2}", "A New History", "Europe and the World, {year1}–{year2}", "A Life of the {year1}s", "From the Archives",
            "The {people} of {place}, {year1}–{year2}",
        ),
        (
            "In {year1} a cargo of {goods2} reached {place} and changed what its people ate, wore and believed.",
            "Kings come and go in this book, but it belongs to the {people2} of {place}, whose ledgers, letters and lawsuits have waited in a cellar since {year1}.",
            "We think we know how the story of {goods2} ends. Using court records that nobody had opened since {year1}, this book begins it again.",
            "Between {year1} and {year2} the {people2} of Europe built something that no king had ordered and no army could take: a network of trust.",
        ),
        (
            "History from below, written with a novelist’s ear and an accountant’s eye.",
            "Richly illustrated, with forty maps and a glossary.",
            "It restores a lost world in all its noise and colour, and shows how much of it is still with us.",
            "The fruit of twenty years in the archives, and a joy to read.",
        ),
        {
            "goods": ("Salt", "Indigo", "Amber", "Pepper", "Wool", "Tin", "Paper", "Silver", "Cinnamon", "Ink", "Timber", "Glass"),
            "goods2": ("salt", "indigo", "pepper", "paper", "tin", "wool", "window glass", "printed almanacs"),
            "power": ("Empire", "Republic", "Revolution", "Crown", "Guild", "Peace", "Rebellion", "Exchange"),
            "things": ("Bridges", "Clocks", "Candles", "Harbours", "Letters", "Maps", "Bread", "Gardens", "Locks", "Markets", "Bells", "Buttons"),
            "people": ("Weavers", "Lacemakers", "Pilots", "Printers", "Pedlars", "Midwives", "Lamplighters", "Shipwrights", "Tenants", "Ferrymen"),
            "people2": ("weavers", "printers", "pedlars", "midwives", "shipwrights", "notaries"),
            "event": ("Flood", "Railway", "Armistice", "Plague", "Great Fire", "Partition", "Census", "Steam Age"),
            "object": ("Ledger", "Almanac", "Bargain", "Inheritance", "Strike", "Republic"),
        },
    ),
    "nature": Shelf(
        "Nature",
        (140, 380),
        (
            "The {adj} {animal}", "{number} Kinds of {weather}", "A Year with {animals}", "The Secret Life of {animals}", "Where the {animals} Go", "{season} in the {habitat}",
            "The {habitat} at Night", "Notes from a {habitat}", "The Language of {animals}", "{weather} and {habitat}", "A Field Guide to {weather}",
        ),
        ("A Natural History", "A Year on Foot", "Notes from the Field", "An Illustrated Companion", ""),
        (
            "For {time} {author} kept a diary of a single {habitat2}, no larger than a tennis court. Nothing happened there, and then everything did.",
            "They weigh less than a letter and cross oceans in the dark. This book follows {animals2} from {place} to the place where they vanish.",
            "After an illness that meant a year indoors, {author} learned to look at the {habitat2} behind the house, one square metre at a time.",
            "There are {number2} words for {weather2} in the dialect of {place}. This book goes out to meet every one of them, in the right boots.",
        ),
        (
            "Nature writing at its closest and most humorous, with drawings by the author.",
            "You will not hear a dawn the same way again.",
            "A book of attention, and a quiet argument for leaving some corners untidy.",
            "Precise as science and warm as a letter.",
        ),
        {
            "animal": ("Heron", "Hare", "Otter", "Wren", "Swift", "Eel", "Moth", "Fox", "Kestrel", "Toad"),
            "animals": ("Swifts", "Otters", "Moths", "Eels", "Hares", "Rooks", "Bees", "Lichens", "Herons", "Owls", "Beetles", "Oaks"),
            "animals2": ("swifts", "moths", "willow warblers", "eels", "bats", "geese"),
            "habitat": ("Hedgerow", "Saltmarsh", "Orchard", "Estuary", "Moor", "Beechwood", "Meadow", "Rockpool", "Bog", "Allotment"),
            "habitat2": ("hedge", "pond", "rockpool", "patch of wood", "meadow", "saltmarsh"),
            "weather": ("Rain", "Mist", "Frost", "Wind", "Snow", "Cloud", "Dew", "Thunder"),
            "weather2": ("rain", "mist", "mud", "wind", "frost"),
            "number2": ("forty", "sixty-three", "ninety", "a hundred and four"),
        },
    ),
    "science": Shelf(
        "Science",
        (200, 460),
        (
            "The {adj} {particle}", "Why {things} {verb}", "How {things} {verb}", "The {quality} of {things}", "A Short History of {idea}", "The Trouble with {idea}",
            "{number} Experiments on {idea}", "The {particle} and the {particle2}", "Measuring {idea}", "{idea} for the Curious", "The Shape of {idea}",
        ),
        ("And What It Tells Us", "The Science of Everyday Life", "A User’s Guide", "An Introduction", ""),
        (
            "Drop a coin, boil an egg, wait for a bus: behind each lies {idea2}, and nobody fully understands it. {author}, who has tried for {time}, explains why that is good news.",
            "In a laboratory in {place} a clock has been losing one second in three billion years. This book is about that second.",
            "It began with a question that a child asked at a lecture: where does {idea2} go at night? The honest answer takes eleven chapters, no equations and a bicycle pump.",
            "From a cellar in {place} to the edge of the observable universe, this is the story of {idea2} and of the stubborn people who pinned it down.",
        ),
        (
            "Clear, playful and scrupulous about what is not yet known.",
            "With experiments to do at the kitchen table, most of them safe.",
            "The best kind of popular science: it leaves you with better questions.",
            "Now revised, with a new chapter on what we got wrong.",
        ),
        {
            "particle": ("Neutrino", "Neuron", "Molecule", "Pendulum", "Enzyme", "Telescope", "Magnet", "Microbe", "Prism"),
            "particle2": ("Tide", "Teacup", "Clock", "Candle", "Snowflake", "Sparrow", "Bridge"),
            "things": ("Bridges", "Stars", "Glaciers", "Cells", "Magnets", "Soap Bubbles", "Comets", "Crystals", "Flocks", "Seeds", "Tides"),
            "verb": ("Break", "Sing", "Remember", "Grow", "Fall", "Sleep", "Agree", "Spin", "Wait"),
            "quality": ("Weight", "Patience", "Logic", "Mathematics", "Architecture", "Arithmetic"),
            "idea": ("Heat", "Zero", "Chance", "Friction", "Light", "Symmetry", "Time", "Colour", "Noise", "Gravity", "Infinity"),
            "idea2": ("heat", "chance", "friction", "light", "symmetry", "time", "noise"),
        },
    ),
    "cookery": Shelf(
        "Cookery",
        (120, 340),
        (
            "{food}, Slowly", "The {place} Table", "{food} & {food2}", "A Kitchen in {place}", "{number} Ways with {food2}", "The {adj} Kitchen", "{season} Suppers",
            "The Book of {food2}", "{food} for {people}", "Mostly {food2}", "Letters from a {room}",
        ),
        ("Recipes from a Small Kitchen", "{count} Recipes", "A Cook’s Year", "Recipes and Stories", ""),
        (
            "{author} opened a restaurant in {place} with nine chairs and one pan. These are the {count} recipes still cooked there when nobody is paying.",
            "Good {food3} asks for time, not skill. With {count} recipes and the patience of a friend, this book shows what to do while you wait.",
            "Every dish here was cooked in a kitchen {number2} feet wide, on two rings, for people who stayed too long.",
            "From the markets of {place} come {count} ways to make supper from what is ripe, what is left over and what a {relation} brings along.",
        ),
        (
            "Photographed in daylight, tested by beginners, and splashed within a week.",
            "Weights in grams, ovens in Celsius, opinions throughout.",
            "A book to cook from and to read in bed.",
            "Nearly all of it can be made on a weekday, and the rest is worth a Sunday.",
        ),
        {
            "food": ("Bread", "Broth", "Supper", "Pickles", "Dumplings", "Soup", "Salt", "Butter", "Fire", "Olives"),
            "food2": ("Beans", "Lemons", "Noodles", "Plums", "Rice", "Eggs", "Greens", "Preserves", "Pies", "Herbs", "Potatoes", "Spice"),
            "food3": ("bread", "broth", "pickles", "rice", "pastry", "soup"),
            "people": ("Friends", "Two", "a Crowd", "the Week", "Strangers", "Beginners"),
            "room": ("Bakehouse", "Galley", "Farm Kitchen", "Smokehouse", "Dairy", "Market Stall"),
            "count": ("60", "75", "80", "90", "100", "120", "150"),
            "number2": ("five", "six", "seven"),
        },
    ),
    "art": Shelf(
        "Art & Design",
        (96, 360),
        (
            "The {adj} {form}", "{colour}", "{colour} and {colour2}", "Drawing {things}", "The Art of {doing}", "{place} in {colour}", "A Grammar of {form}", "On {doing}",
            "How to Look at {things}", "{number} {forms}", "The {form} Book",
        ),
        ("The Story of a Colour", "Notes from a Studio", "Essays on Making", "A Visual History", ""),
        (
            "A pigment that cost more than gold, a recipe lost for two centuries, a forger in {place}: colours have had adventurous lives, and this book tells them.",
            "{author} has spent {time} in other people’s studios, asking one question: how do you know when it is finished?",
            "What does a well-made {object} owe to its maker’s hands? From {place} to Kyoto, this book visits workshops where the answer is still practised.",
            "Forty works, most of them overlooked, each given ten pages and the time it takes for a cup of tea to cool.",
        ),
        (
            "Sewn, on heavy paper, with two hundred illustrations in colour.",
            "For everybody who has stood before a picture and wondered what to do next.",
            "A sharp eye, a light hand and not a word of jargon.",
            "It belongs on the table in the studio, open and well thumbed.",
        ),
        {
            "form": ("Line", "Pattern", "Typeface", "Portrait", "Poster", "Ornament", "Shadow", "Woodcut", "Chair", "Margin"),
            "forms": ("Posters", "Portraits", "Chairs", "Letterforms", "Woodcuts", "Studios", "Interiors"),
            "colour": ("Indigo", "Ochre", "Vermilion", "Verdigris", "Ultramarine", "Bone Black", "Madder", "Saffron", "Celadon"),
            "colour2": ("Lead White", "Gold", "Umber", "Rose", "Slate", "Ash"),
            "things": ("Trees", "Hands", "Chairs", "Shadows", "Faces", "Cities", "Water", "Paintings", "Letters"),
            "doing": ("Mending", "Seeing", "Folding", "Leaving Out", "Lettering", "Arranging", "Sketching", "Repetition"),
            "object": ("chair", "teapot", "typeface", "letter knife", "coat", "map"),
        },
    ),
    "travel": Shelf(
        "Travel",
        (180, 420),
        (
            "Slow Train to {place}", "The {adj} Coast", "Walking to {place}", "{number} Islands", "Across {region}", "The Road to {region}", "A {season} in {region}", "North of {place}",
            "{region} by {vehicle}", "Small Hotels of {region}", "The {vehicle2} to {place}",
        ),
        ("A Journey", "On Foot from {place} to {place2}", "Notes from the Edge of the Map", "", ""),
        (
            "With a wrong timetable and a right instinct, {author} sets out for {place} to see how far a person can get without hurrying.",
            "There are quicker ways to {place}. This one takes {time}, crosses nine borders and depends on a {vehicle3}.",
            "A grandmother’s postcard from {place} says only: you would like the bread. {author} goes to find out, on foot, through {region}.",
            "{region} has more islands than inhabitants, says the ferryman. By the end of this book both have been counted.",
        ),
        (
            "Travel writing with blisters, jokes and an excellent ear for conversations on platforms.",
            "You will want to pack, and then you will want to stay and finish the chapter.",
            "It is less about arriving than about the people who share their lunch on the way.",
            "With maps by the author, most of them accurate.",
        ),
        {
            "region": ("the Karst", "the Outer Isles", "Anatolia", "the Baltic", "Galicia", "the Faroes", "the Carpathians", "Patagonia", "the Alentejo", "Lapland", "the Dolomites"),
            "place2": ("Santander", "Narvik", "Split", "Oban", "Tbilisi", "Ghent"),
            "vehicle": ("Bicycle", "Ferry", "Night Train", "Mule", "Canoe", "Post Bus"),
            "vehicle2": ("Last Ferry", "Night Train", "Milk Boat", "Post Bus", "Pilgrim Road"),
            "vehicle3": ("bicycle named Doris", "borrowed tent", "retired post bus", "folding canoe", "mule of strong opinions"),
        },
    ),
    "poetry": Shelf(
        "Poetry",
        (56, 160),
        (
            "{noun}, {noun2}", "The {adj} {noun}", "{number} {plural}", "{noun} at {hour}", "Small {plural}", "A {noun} for {person}", "{season} {plural}", "Instructions for {doing}",
            "The {noun} Sings Anyway", "{plural} I Have Borrowed", "Otherwise, {noun}",
        ),
        ("Poems", "New and Selected Poems", "Collected Poems, {year1}–{year2}", "Poems and Fragments"),
        (
            "Written in a kitchen in {place} between {hour2} and first light, these poems talk to the dead, the dog and the man from the gas board.",
            "The {ordinal} collection by {author} begins with a {object} and ends with a door left open.",
            "These are poems that can be learned by heart on a walk to {place} and back, and many readers have.",
            "{time2} of work, from the first pamphlet to poems never printed before: love, weather, {object}s, and the sea at {place}.",
        ),
        (
            "Plain words, set down so that they ring.",
            "Shortlisted for the Anselm Prize.",
            "For those who do not read poetry, and for those who read little else.",
            "Each one is short enough to carry and long enough to keep.",
        ),
        {
            "noun": ("Wren", "Snow", "Kettle", "Lamp", "Tide", "Hymn", "Plum", "Threshold", "Moth", "Ladder", "Ember"),
            "noun2": ("Rising", "Again", "Unsent", "Listening", "in Rain", "Almost", "Homeward"),
            "plural": ("Elegies", "Psalms", "Weathers", "Apologies", "Lullabies", "Mornings", "Hours", "Errands"),
            "hour": ("Four in the Morning", "Noon", "Dusk", "the Hour of Lamps", "Low Water"),
            "hour2": ("four", "five", "half past three"),
            "person": ("My Mother", "Nobody", "the Night Nurse", "the Ferryman", "Beginners"),
            "doing": ("Rain", "Leaving", "Waking", "Winter", "Small Boats", "Keeping Bees"),
            "object": ("teaspoon", "coat", "bicycle bell", "paper boat", "key", "pear"),
            "ordinal": ("second", "third", "fourth", "seventh"),
            "time2": ("Ten years", "Forty years", "A lifetime"),
        },
    ),
    "philosophy": Shelf(
        "Philosophy",
        (120, 380),
        (
            "On {virtue}", "The {adj} Mind", "{virtue} and {virtue2}", "Against {vice}", "In Praise of {virtue2}", "The Ethics of {doing}", "A Short Book about {virtue}", "{number} Questions about {virtue}",
            "Thinking with {things}", "The Uses of {vice}", "What We Owe to {people}",
        ),
        ("An Essay", "A Conversation", "Philosophy for Difficult Days", "An Introduction", ""),
        (
            "Is it ever right to keep a promise made to {people2}? {author} starts from an ordinary Tuesday in {place} and ends at the foundations of ethics.",
            "We praise {virtue3} and practise its opposite. This short, lucid book asks whether that is a failing or a kind of wisdom.",
            "Two friends walk from {place} to the sea and disagree about {virtue3} all the way. Both change their minds; neither wins.",
            "Philosophers have said little about {virtue3}, perhaps because it cannot be done alone. {author} says it with examples from kitchens, queues and hospital wards.",
        ),
        (
            "Rigorous without being solemn, and blessedly short.",
            "It can be read in an afternoon and argued with for years.",
            "For readers who like their thinking clear and their examples from life.",
            "A model of how to change one’s mind in public.",
        ),
        {
            "virtue": ("Patience", "Doubt", "Attention", "Courtesy", "Forgiveness", "Solitude", "Trust", "Courage", "Kindness", "Honesty", "Tact"),
            "virtue2": ("Silence", "Idleness", "Freedom", "Luck", "Slowness", "Disagreement", "Second Thoughts", "Modesty"),
            "virtue3": ("patience", "doubt", "courtesy", "forgiveness", "trust", "tact", "idleness"),
            "vice": ("Certainty", "Hurry", "Nostalgia", "Cynicism", "Boredom", "Regret", "Perfection", "Envy", "Advice"),
            "things": ("Rivers", "Tools", "Strangers", "Maps", "Children", "Trees", "Machines"),
            "people": ("Strangers", "the Unborn", "Our Parents", "Animals", "the Dead", "Neighbours"),
            "people2": ("the dead", "a stranger", "one’s younger self", "somebody who has forgotten it"),
            "doing": ("Borrowing", "Waiting", "Attention", "Small Talk", "Inheritance", "Giving", "Forgetting"),
        },
    ),
    "computing": Shelf(
        "Computing",
        (160, 620),
        (
            "The {adj} {system}", "{system} by Hand", "Understanding {topic}", "{topic} in Practice", "Designing {systems}", "The {system} Handbook", "Debugging {things}", "{number} Lessons in {topic}",
            "The Craft of {topic}", "{systems} That Last", "A Little {system}",
        ),
        ("Second Edition", "From First Principles", "Patterns That Age Well", "A Practical Guide", "", ""),
        (
            "Every system works on the day it is shown. This book is about the thousand days after that, told through {topic2} and the outages of one small company in {place}.",
            "Starting from an empty file, {author} builds {system2} in under two thousand lines, explains every one, and then deletes a third of them.",
            "What do librarians, lighthouse keepers and {topic2} have in common? More than you would think, says {author}, who has been on call for {time}.",
            "You can learn {topic2} from its documentation, or from the scars of those who ran it. This book collects the scars, in order, with diagrams.",
        ),
        (
            "With exercises, complete code and a chapter on when not to do any of this.",
            "Short chapters, honest trade-offs, no buzzwords.",
            "The book to hand to a new colleague on the first morning.",
            "It treats the reader as a colleague and simplicity as a feature.",
        ),
        {
            "system": ("Compiler", "Database", "Scheduler", "Router", "Parser", "Type System", "Kernel", "Cache", "Queue", "Interpreter"),
            "system2": ("a database", "a compiler", "a web server", "a text editor", "a version control system"),
            "systems": ("Interfaces", "Databases", "Networks", "Small Programs", "Protocols", "Services", "Data Models"),
            "topic": ("Concurrency", "Refactoring", "Caching", "Observability", "Type Theory", "Consensus", "Compression", "Testing", "Cryptography", "Query Planning"),
            "topic2": ("caching", "consensus", "concurrency", "testing", "migrations", "cryptography"),
            "things": ("Time", "Distributed Systems", "Legacy Code", "Memory", "Assumptions", "Networks"),
        },
    ),
}  # fmt: skip
