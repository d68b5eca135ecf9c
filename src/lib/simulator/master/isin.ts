/** An ISIN with its check digit. @param body the eleven characters before it */
export function isinOf(body: string): string {
  return `${body}${checkDigit(body)}`;
}

/** The sum of Luhn over the digits, letters as 10 to 35. */
function checkDigit(body: string): number {
  const digits = [...body].map((character) => Number.parseInt(character, 36)).join('');
  const sum = [...digits]
    .reverse()
    .map((digit, place) => Number(digit) * (place % 2 === 0 ? 2 : 1))
    .reduce((total, value) => total + (value > 9 ? value - 9 : value), 0);
  return (10 - (sum % 10)) % 10;
}
