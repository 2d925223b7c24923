// Word lists and sentences behind the probe sets, written for this project.

/** Singular and plural. */
export const nouns = [
  ['key', 'keys'], ['letter', 'letters'], ['chair', 'chairs'], ['picture', 'pictures'], ['house', 'houses'],
  ['horse', 'horses'], ['window', 'windows'], ['garden', 'gardens'], ['book', 'books'], ['tree', 'trees'],
  ['table', 'tables'], ['carriage', 'carriages'], ['dress', 'dresses'], ['cup', 'cups'], ['dog', 'dogs'],
  ['bridge', 'bridges'], ['river', 'rivers'], ['door', 'doors'], ['lamp', 'lamps'], ['flower', 'flowers'],
];
export const people = [
  ['man', 'men'], ['woman', 'women'], ['sister', 'sisters'], ['brother', 'brothers'], ['friend', 'friends'],
  ['doctor', 'doctors'], ['neighbor', 'neighbors'], ['teacher', 'teachers'], ['aunt', 'aunts'], ['king', 'kings'],
];
/** Singular, plural, and the pronoun of the singular. */
export const gendered = [
  ['man', 'men', ' himself'], ['woman', 'women', ' herself'], ['king', 'kings', ' himself'],
  ['queen', 'queens', ' herself'], ['boy', 'boys', ' himself'], ['girl', 'girls', ' herself'],
  ['brother', 'brothers', ' himself'], ['sister', 'sisters', ' herself'], ['uncle', 'uncles', ' himself'],
  ['aunt', 'aunts', ' herself'], ['father', 'fathers', ' himself'], ['mother', 'mothers', ' herself'],
];
export const reflexiveVerbs = ['blamed', 'admired', 'hurt', 'surprised', 'trusted', 'saw', 'described', 'excused'];
export const places = ['garden', 'house', 'town', 'room', 'park', 'village', 'shop', 'street'];
export const names = [
  'Anna', 'Tom', 'Mary', 'John', 'Emma', 'Henry', 'Jane', 'Paul', 'Lucy', 'George', 'Ruth', 'Mark', 'Susan', 'Peter',
];
export const things = [
  'cat', 'tree', 'lamp', 'river', 'stone', 'bread', 'chair', 'song', 'glass', 'horse', 'cloud', 'hand', 'road',
  'fire', 'paper', 'door', 'ship', 'king', 'snow', 'apple',
];
export const colors = ['red', 'blue', 'green', 'white', 'black', 'yellow', 'brown', 'gray'];
export const nonsense = [
  'Wug', 'Dax', 'Blick', 'Zop', 'Fep', 'Gorp', 'Tiv', 'Lorm', 'Pell', 'Nim', 'Sark', 'Vosh', 'Quib', 'Mulf', 'Kerd',
];
/** Classes of words that a label can stand for. */
export const classes = [
  ['cat', 'dog', 'horse', 'cow', 'sheep', 'pig', 'lion', 'bear'],
  ['red', 'blue', 'green', 'white', 'black', 'yellow', 'brown', 'gray'],
  ['apple', 'pear', 'plum', 'grape', 'lemon', 'peach', 'cherry', 'fig'],
  ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday', 'today'],
  ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'],
  ['hand', 'foot', 'head', 'arm', 'leg', 'nose', 'ear', 'eye'],
  ['run', 'walk', 'jump', 'swim', 'climb', 'dance', 'ride', 'fly'],
];
/** Comparative, and the two superlatives: of the first and of the last in a chain. */
export const comparisons = [
  ['taller', 'tallest', 'shortest'], ['older', 'oldest', 'youngest'], ['faster', 'fastest', 'slowest'],
  ['richer', 'richest', 'poorest'], ['stronger', 'strongest', 'weakest'], ['happier', 'happiest', 'saddest'],
];
export const containers = ['box', 'drawer', 'basket', 'bag', 'cupboard', 'bucket', 'chest'];
export const objects = ['key', 'ball', 'letter', 'coin', 'ring', 'book', 'cup', 'apple'];

export const antonyms = `
hot|cold
big|small
up|down
day|night
good|bad
old|young
rich|poor
happy|sad
open|closed
black|white
long|short
full|empty
early|late
strong|weak
love|hate
light|dark
fast|slow
high|low
hard|soft
wet|dry
first|last
left|right
begin|end
buy|sell
win|lose
push|pull
always|never
inside|outside
north|south
east|west
friend|enemy
question|answer
war|peace
life|death
heavy|light
clean|dirty
cheap|expensive
true|false
wide|narrow
sweet|sour
near|far
thick|thin
loud|quiet
success|failure
before|after
summer|winter
asleep|awake
brave|afraid
sharp|blunt
husband|wife
`;

export const kinds = `
robin|bird
salmon|fish
oak|tree
rose|flower
hammer|tool
violin|instrument
carrot|vegetable
apple|fruit
ant|insect
poodle|dog
shirt|garment
chair|furniture
car|vehicle
gold|metal
rain|weather
doctor|profession
triangle|shape
red|color
eagle|bird
trout|fish
pine|tree
tulip|flower
saw|tool
flute|instrument
onion|vegetable
pear|fruit
bee|insect
beagle|dog
coat|garment
table|furniture
truck|vehicle
iron|metal
snow|weather
lawyer|profession
square|shape
blue|color
sparrow|bird
cod|fish
willow|tree
lily|flower
wrench|tool
piano|instrument
cabbage|vegetable
plum|fruit
beetle|insect
spaniel|dog
sock|garment
desk|furniture
bus|vehicle
silver|metal
`;

export const uses = `
You cut bread|knife
You write a letter|pen
You eat soup|spoon
You sweep the floor|broom
You open a lock|key
You drive a nail|hammer
You dig a hole|shovel
You sew a dress|needle
You brush your teeth|toothbrush
You measure a room|ruler
You catch a fish|net
You dry your hands|towel
You light a candle|match
You paint a wall|brush
You cut paper|scissors
You tell the time|clock
You row a boat|oar
You comb your hair|comb
You look at the stars|telescope
You chop wood|axe
You wash your hands|soap
You shoot an arrow|bow
You play tennis|racket
You boil water|kettle
You fasten a coat|button
You cover a bed|blanket
You keep off the rain|umbrella
You climb to the roof|ladder
You see better|lens
You carry water|bucket
You call a dog|whistle
You ring for help|bell
You weigh flour|scale
You stir a drink|straw
You lead a horse|rope
You clean a window|cloth
You iron a shirt|iron
You travel on rails|train
You take a photograph|camera
You buy bread|coin
`;

export const facts = [
  ['The capital of … is', `
France|Paris
England|London
Italy|Rome
Spain|Madrid
Germany|Berlin
Russia|Moscow
Japan|Tokyo
China|Beijing
Egypt|Cairo
Greece|Athens
Austria|Vienna
Portugal|Lisbon
Ireland|Dublin
Poland|Warsaw
Sweden|Stockholm
Norway|Oslo
Denmark|Copenhagen
Finland|Helsinki
Hungary|Budapest
Turkey|Ankara
Canada|Ottawa
Cuba|Havana
Peru|Lima
Kenya|Nairobi
Iran|Tehran
Iraq|Baghdad
Belgium|Brussels
Switzerland|Bern
Argentina|Buenos Aires
Thailand|Bangkok
`],
  ['The language that most people in … speak is', `
Brazil|Portuguese
Mexico|Spanish
Austria|German
Egypt|Arabic
France|French
Japan|Japanese
China|Chinese
Greece|Greek
Russia|Russian
Italy|Italian
Australia|English
Poland|Polish
Sweden|Swedish
Turkey|Turkish
Korea|Korean
`],
  ['"…" was written by', `
Hamlet|Shakespeare
Emma|Austen
Oliver Twist|Dickens
The Odyssey|Homer
Faust|Goethe
War and Peace|Tolstoy
Don Quixote|Cervantes
Moby-Dick|Melville
Frankenstein|Shelley
Jane Eyre|Brontë
The Divine Comedy|Dante
Paradise Lost|Milton
The Trial|Kafka
Crime and Punishment|Dostoevsky
Robinson Crusoe|Defoe
`],
  ['The chemical symbol … stands for', `
Fe|iron
Au|gold
Ag|silver
O|oxygen
H|hydrogen
C|carbon
Na|sodium
Pb|lead
Cu|copper
He|helium
N|nitrogen
Ca|calcium
Zn|zinc
K|potassium
Hg|mercury
`],
  ['A young … is called a', `
dog|puppy
cat|kitten
cow|calf
sheep|lamb
horse|foal
lion|cub
duck|duckling
deer|fawn
swan|cygnet
goat|kid
frog|tadpole
kangaroo|joey
`],
  ['The number of … is', `
days in a week|seven
months in a year|twelve
legs of a spider|eight
sides of a triangle|three
hours in a day|twenty-four
wheels of a bicycle|two
fingers on a hand|five
seasons in a year|four
strings of a violin|four
minutes in an hour|sixty
players in a football team|eleven
legs of an insect|six
continents|seven
planets of the Sun|eight
`],
  ['The continent on which … lies is', `
Egypt|Africa
China|Asia
France|Europe
Brazil|South America
Canada|North America
Nigeria|Africa
India|Asia
Poland|Europe
Peru|South America
Mexico|North America
Kenya|Africa
Japan|Asia
Norway|Europe
Chile|South America
Ghana|Africa
Vietnam|Asia
`],
  ['The month after … is', `
January|February
February|March
March|April
April|May
May|June
June|July
July|August
August|September
September|October
October|November
November|December
December|January
`],
];

/** Prompt, the sensible end, and one that is not. */
export const commonSense = `
The glass fell on the stone floor and it|broke|flew
It rained all night, so in the morning the street was|wet|dry
The ice lay in the sun all day, and by evening it had|melted|burned
He had not eaten since the day before, so he was very|hungry|tall
She forgot to water the flowers, and after a week they were|dead|green
The candle went out, and the room became|dark|bright
He ran ten miles without a rest, so he felt|tired|fresh
The stone was dropped into the lake and it|sank|floated
The baby was crying, so the mother picked|her up|a lock
Nobody was at home, so when he knocked there was no|answer|door
The soup was too hot, so she waited until it was|cool|gone
The box was too heavy to|lift|see
The shop closes at five, and it is now six, so the shop is|closed|open
She could not reach the shelf because she was too|short|kind
He put on a coat because it was|cold|hot
They missed the train because they arrived too|late|early
The knife was not sharp, so it was hard to cut the|bread|water
The road was covered with ice, so the drivers went|slowly|quickly
The lamp would not light because there was no|oil|room
He could not read the sign because he had lost his|glasses|gloves
The well was dry, so they had no|water|stone
The dog saw a stranger at the gate and began to|bark|sing
The door was locked and she had lost the|key|chair
The thief heard the police and ran|away|home
The cake stayed in the oven too long and was|burned|frozen
The window was open, and the wind blew the papers off the|table|ceiling
The boy touched the hot stove and pulled back his|hand|chair
The sun was setting, so it would soon be|dark|noon
The bridge had fallen, so they could not cross the|river|table
He told a joke, and everybody|laughed|wept
She won the first prize and was very|proud|angry
The boat had a hole and slowly filled with|water|sand
The farmer planted the seeds in spring and in autumn he brought in the|harvest|snow
He had no money left, so he could not|pay|sleep
The fire needed more|wood|smoke
It was so quiet that you could hear a clock|tick|shout
The coat was too small for him, so he gave it to his younger|brother|father
The letter was written in French, and as he knew no French he could not|read it|hold it
The patient followed the advice of the doctor and soon felt|better|worse
If you leave milk in the sun it will turn|sour|blue
The mirror was so dirty that she could not see her|face|voice
He wound the clock, and it began to|go|bloom
The hen sat on her eggs until they|hatched|boiled
The tide came in and covered the|sand|moon
The player kicked the ball into the|net|song
`;
