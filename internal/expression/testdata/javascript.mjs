// Writes javascript.jsonl: random expressions of the subset with what JavaScript
// makes of them. Run it with Node.js: node javascript.mjs > javascript.jsonl
//
// Left out is where this package differs on purpose: undefined, ordering with
// null, == between kinds, identity of arrays and objects, ++ and --.
let seed = 42;
const random = (n) => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return (seed >> 8) % n;
};
const pick = (list) => list[random(list.length)];

const input = {
  n: 7, zero: 0, half: 2.5, minus: -2.5, huge: 1e21, tiny: 1.5e-7,
  s: "order", empty: "", digits: "12", word: "\u00fcber \ud83d\ude00", yes: true, no: false,
  list: [3, "a", true, 0.1], deep: { key: "n", a: { b: [1, 2, { c: "x" }] } },
};
const numbers = ["0", "1", "2", "7", "2.5", ".5", "5.", "0.1", "0.2", "1e3", "1e21", "1e-7", "0x1F", "123456789",
  "input.n", "input.zero", "input.half", "input.minus", "input.huge", "input.tiny", "input.list[0]", "input.list.length",
  "input.deep.a.b[1]", "input[input.deep.key]", "input.s.length", "input?.word.length"];
const texts = ["'a'", '"b"', "''", "'12'", "' 3 '", "'0x10'", "'it\\'s'", '"\\u00e9\\x41\\n"', "'\\ud83d\\ude00'", "'1e2'", "'Infinity'",
  "input.s", "input.empty", "input.digits", "input.word", "input['s']", "input.list[1]", "input.s[1]", "input.deep.a.b[2].c", "input?.['s']"];
const truths = ["true", "false", "input.yes", "input.no", "input.list[2]",
  "input.list.includes(3)", "input.list.includes('a')", "input.s.includes('rd')", "[1, 2,].includes(input.half)", "input.s?.includes('z')"];
const binary = ["+", "+", "-", "*", "/", "%", "===", "!==", "<", "<=", ">", ">=", "&&", "||", "??"];

let nulls = false, orders = false;
function atom(depth) {
  const r = random(depth > 0 ? 17 : 9);
  if (r < 4) return pick(numbers);
  if (r < 7) return pick(texts);
  if (r === 7) return pick(truths);
  if (r === 8) { nulls = true; return "null"; }
  if (r < 12) return "(" + flat(depth - 1) + ")";
  if (r === 12) return pick(["!", "-", "+", "!!", "- -"]) + atom(depth - 1);
  if (r === 13) return `Math.${pick(["round", "floor", "ceil", "abs"])}(${flat(depth - 1)})`;
  if (r === 14) return `Math.${pick(["min", "max"])}(${flat(depth - 1)}, ${flat(depth - 1)})`;
  if (r === 15) return `(${flat(depth - 1)} ? ${flat(depth - 1)} : ${flat(depth - 1)})`;
  return `[${flat(depth - 1)}, ${atom(depth - 1)}][${pick(["0", "1", "1 - 1", "'0'"])}]`;
}
function flat(depth) {
  let s = atom(depth);
  for (let n = random(4); n > 0; n--) {
    const op = pick(binary);
    if (op.startsWith("<") || op.startsWith(">")) orders = true;
    s += pick([" " + op + " ", op === "+" || op === "-" ? ` ${op} ` : op]) + atom(depth);
  }
  return s;
}
function whole() {
  const r = random(8);
  if (r === 0) return `${flat(1)} ? ${flat(1)} : ${flat(1)} ? ${flat(1)} : ${flat(1)}`;
  if (r === 1) return `{a: ${flat(1)}, "b c": [${flat(1)}, ${flat(1)},], 3: ${flat(1)},}`;
  return flat(2);
}
const isJSON = (v) => typeof v === "number" ? Number.isFinite(v) : v === null || typeof v !== "object" || Object.values(v).every(isJSON);

const seen = new Set();
while (seen.size < 1000) {
  nulls = orders = false;
  const expression = whole();
  if ((nulls && orders) || /[+][+]|--/.test(expression) || expression.length > 110 || seen.has(expression)) continue;
  seen.add(expression);
  const line = { expression };
  try {
    const v = new Function("input", `return (${expression})`)(input);
    line.truth = Boolean(v);
    if (isJSON(v)) line.json = v; else line.error = "no JSON";
  } catch (e) {
    if (!(e instanceof SyntaxError)) continue;
    line.error = "syntax";
  }
  console.log(JSON.stringify(line));
}
