// Variations are numbered as in old prints.

const NUMERALS = [[10, "X"], [9, "IX"], [5, "V"], [4, "IV"], [1, "I"]];

/** `number`, from 1 to 39, in Roman numerals. */
export function roman(number) {
  let text = "";
  for (const [value, numeral] of NUMERALS) {
    for (; number >= value; number -= value) text += numeral;
  }
  return text;
}
