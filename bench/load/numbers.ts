/** Each row of a load has its number as the volume of the day: its message times the rows of a message, and its place in it. */
export const FIRST_NUMBER = 1_000_000_000;
/** What stands before it in a row. */
export const NUMBER_KEY = '"volume":';
