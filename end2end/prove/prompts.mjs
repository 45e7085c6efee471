// Three hundred questions of the sort that people ask an assistant: twenty ways of asking, fifteen subjects each.

const ASKED = {
  "How do I {}?": [
    "bake bread without an oven", "fix a bicycle tyre", "learn to swim as an adult", "start a small vegetable garden", "clean a burnt pan",
    "write a letter of complaint", "save money on groceries", "teach a dog to sit", "prepare for a job interview", "remove a coffee stain",
    "fall asleep earlier", "read a weather map", "make friends in a new city", "paint a wooden door", "choose a good pair of running shoes",
  ],
  "Explain {} to a child.": [
    "gravity", "why the sky is blue", "how a bank works", "what a virus is", "where rain comes from",
    "why we sleep", "how a plane stays in the air", "what the internet is", "why leaves change colour", "how the heart works",
    "what a law is", "why the moon changes its shape", "how bees make honey", "what electricity is", "why we have time zones",
  ],
  "Give me some ideas for {}.": [
    "a birthday party at home", "a cheap holiday", "a rainy Sunday", "a healthy breakfast", "a school project about water",
    "a present for my grandmother", "a name for a bakery", "a short story", "a team meeting that is fun", "using old newspapers",
    "a picnic for ten people", "a song about autumn", "a quiet hobby", "a dinner without meat", "decorating a small room",
  ],
  "What is the difference between {}?": [
    "a frog and a toad", "weather and climate", "a loan and a gift", "jam and jelly", "a novel and a short story",
    "a virus and a bacterium", "speed and acceleration", "a city and a town", "coffee and espresso", "stress and fear",
    "a crocodile and an alligator", "baking soda and baking powder", "a hypothesis and a theory", "sympathy and empathy", "a lake and a pond",
  ],
  "Write a short message to {}.": [
    "my neighbour about the noise", "a friend who is ill", "my boss to ask for a day off", "a teacher to say thank you", "a customer whose parcel is late",
    "my landlord about a broken heater", "my sister on her wedding day", "a colleague who is leaving", "a club I want to join", "a friend I have not seen for years",
    "the team about a new rule", "my parents about the holidays", "a doctor to move an appointment", "a shop about a missing button", "a student who passed an exam",
  ],
  "Is it a good idea to {}?": [
    "drink coffee every day", "learn two languages at once", "run every morning", "keep a cat in a small flat", "lend money to a friend",
    "study at night", "buy a used car", "skip breakfast", "work from home", "give children pocket money",
    "grow tomatoes on a balcony", "share a room with a friend", "write a diary", "eat late in the evening", "travel alone",
  ],
  "What should I know before I {}?": [
    "adopt a dog", "move to another country", "rent a flat", "start a business", "cook fish for the first time",
    "go camping", "buy a house", "learn the piano", "ride a horse", "fly for the first time",
    "change my job", "plant a tree", "host a dinner", "run a marathon", "paint a wall",
  ],
  "Tell me a fact about {}.": [
    "elephants", "the ocean", "the Roman Empire", "chocolate", "volcanoes", "bread", "Antarctica", "the human brain", "trains", "butterflies",
    "the number zero", "salt", "whales", "paper", "the moon",
  ],
  "Why do {}?": [
    "cats purr", "people dream", "onions make us cry", "birds migrate", "ships float", "we yawn", "stars twinkle", "dogs wag their tails", "leaves fall", "we forget names",
    "metals rust", "people laugh", "magnets attract iron", "apples turn brown", "rivers bend",
  ],
  "How can I be better at {}?": [
    "listening", "mathematics", "speaking in public", "drawing", "saving money", "remembering names", "cooking", "writing emails", "chess", "being on time",
    "saying no", "planning my week", "spelling", "small talk", "staying calm",
  ],
  "Summarise what happens in {}.": [
    "a football match", "a day at school", "the water cycle", "a year on a farm", "a court trial", "the life of a butterfly", "an election", "a chess game", "a wedding", "a visit to the dentist",
    "a thunderstorm", "a train journey", "a library", "a bakery at night", "a market day",
  ],
  "Describe {} in a few sentences.": [
    "a forest in winter", "an old lighthouse", "a busy kitchen", "a quiet village", "the smell of rain", "a city at night", "a desert", "a good teacher", "a broken clock", "a long road",
    "a garden in spring", "a stormy sea", "an empty theatre", "a mountain hut", "a small harbour",
  ],
  "What are the advantages of {}?": [
    "public transport", "reading books", "growing your own food", "solar panels", "learning a language", "a balanced diet", "working in a team", "walking to work", "living in a village", "music lessons",
    "recycling", "a good night's sleep", "open windows", "board games", "a shared kitchen",
  ],
  "What would you do if {}?": [
    "you lost your keys", "it rained for a month", "you found a wallet", "the lights went out", "a friend lied to you", "you missed the last train", "your phone broke", "you won a prize", "the milk was sour", "you forgot a birthday",
    "a bird flew into the room", "the shop was closed", "you had a free day", "your neighbour was ill", "the map was wrong",
  ],
  "List three things that {}.": [
    "make a good friend", "every kitchen needs", "help against stress", "children like to collect", "make a city pleasant", "one should pack for a hike", "improve a photograph", "make bread taste good", "help plants grow", "waste time at work",
    "make a story exciting", "are good for the back", "belong in a first aid kit", "make a museum worth a visit", "help to learn words",
  ],
  "How long does it take to {}?": [
    "boil an egg", "learn to read", "walk ten kilometres", "build a house", "grow a carrot", "write a book", "fly around the world", "dry wet shoes", "learn the guitar", "recover from a cold",
    "bake a cake", "get used to glasses", "train a puppy", "read a long novel", "freeze water",
  ],
  "Help me to decide: {}?": [
    "tea or coffee", "the sea or the mountains", "a cat or a dog", "a bicycle or a bus ticket", "a book or a film", "early or late dinner", "a small flat or a long commute", "rent or buy", "meat or fish", "a call or a letter",
    "morning or evening sport", "paper or a tablet", "a cake or a pie", "summer or winter holidays", "city or country",
  ],
  "Give me advice about {}.": [
    "a shy child", "a noisy neighbour", "a difficult exam", "my first salary", "an old computer", "a long flight", "a cold office", "a lazy weekend", "a broken promise", "a new school",
    "dry skin", "a messy desk", "a long winter", "a boring book", "a tired back",
  ],
  "Who usually {}, and why?": [
    "works at night", "keeps bees", "reads the news first", "plants trees", "speaks several languages", "wears a uniform", "gets up early", "writes letters", "repairs shoes", "collects stamps",
    "sings in a choir", "fishes in winter", "studies history", "visits museums", "bakes bread at home",
  ],
  "What does the word \"{}\" mean?": [
    "patience", "justice", "harvest", "evidence", "courage", "compromise", "horizon", "gratitude", "shelter", "rumour",
    "balance", "custom", "curiosity", "drought", "honour",
  ],
};

/** The first so many, spread over the ways of asking. */
export function prompts(count) {
  const ways = Object.entries(ASKED);
  const all = [];
  for (let subject = 0; subject < 15; subject += 1) {
    for (const [way, subjects] of ways) all.push(way.replace("{}", subjects[subject]));
  }
  return all.slice(0, count);
}
