//! English prose.

/// Paragraphs; `|` is where a word may be cut.
pub(super) const PARAGRAPHS: [&str; 16] = [
    "The light|house at the end of the har|bour had burned oil for ninety years before the first cable reached it. \
     The keeper, who had never trusted elec|tricity, kept the old lamp trimmed and filled in the cellar, and on two \
     winter nights when the cable failed he carried it up the stairs again.",
    "Every loaf that leaves this bakery begins the evening before, when flour, water and a spoon|ful of yester|day's \
     dough are mixed and left alone. Nothing hurries the fermen|tation. The bakers say that patience is the only \
     ingre|dient that cannot be bought from a supplier, and they charge nothing for it.",
    "A map is a promise that somebody has been there before. Survey|ors walked these hills with chains and poles, \
     counted their steps in the snow, and wrote the numbers into small books that are kept in the county library. \
     What we now call a contour was once a tired man on a slope.",
    "Bees do not forget a garden. A hive that has found a field of clover will send its foragers there for weeks, \
     and the dance by which they tell each other the direc|tion is exact to a few degrees. Rain inter|rupts the \
     work but not the memory of it.",
    "The old mill stands where the river bends, and its wheel has turned for so long that the children of the \
     village take the sound of it for silence. When it was stopped for repairs last autumn nobody could sleep, and \
     the council received eleven letters of com|plaint.",
    "Clock|makers in the valley used to work in winter, when the farms lay under the snow and there was time for \
     small things. Each family made one part only, a spring or a pinion, and a man with a mule collected them in \
     March and brought them to the town to be assem|bled.",
    "It is hard to say when a path becomes a road. This one was trodden by goats, widened by carts, paved for an \
     army that never came, and forgotten again until the tele|phone company put its poles beside it. Today it \
     carries nine vehicles a day, most of them the same tractor.",
    "Archives keep what nobody wanted to throw away and nobody wanted to read. Among the tax rolls of the diocese a \
     student found last year a recipe for ink, written on the back of a receipt, and the ink proved better than \
     anything in the labora|tory's cupboard.",
    "The orchard behind the school holds forty kinds of apple, of which nine have no name. Parents bring their \
     children to pick them in October, and the head|master keeps a list of suggest|ions on the wall of his office. \
     None of them has been accepted so far.",
    "Glass remembers the breath that made it. In the workshop the furnace is never allowed to go out, for it takes \
     eleven days to heat and as many to cool, and the oldest of the workers has seen it cold only twice in his \
     life, once for a strike and once for a wedding.",
    "Ferries cross the sound every half hour as long as there is daylight. The crossing takes twelve minutes, which \
     is just long enough for a cup of coffee and too short for an argu|ment, and so the islanders have the \
     repu|tation of being calm people.",
    "When the library moved to its new building the books were carried by hand. The whole town stood in a line \
     from one door to the other, and every volume passed through four hundred pairs of hands. It was done in a \
     single Sunday, and only three books are still missing.",
    "A bridge is finished twice, once when it bears its own weight and once when people stop talking about it. The \
     engi|neers of this one waited seven years for the second moment. It came on a foggy morning, when a bus driver \
     could not remem|ber having crossed it.",
    "Salt was the first thing that the village sold to strangers. Shallow basins were cut into the rock above the \
     beach, the spring tides filled them, and the sun did the rest. You can still find the basins under the grass, \
     and children fill them with tad|poles.",
    "The weather station has been read at seven in the morning since it was built. There are four gaps in the \
     record, and each of them is explained in the margin by the same hand. The longest lasted nine days and bears \
     the note that the observer was in love.",
    "Nobody knows who planted the row of poplars along the canal, but everybody knows why. The wind from the plain \
     used to dry out the gardens by June, and since the trees have grown tall the beans last until August. Their \
     shadow is counted among the common prop|erty of the parish.",
];
