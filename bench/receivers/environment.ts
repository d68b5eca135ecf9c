/** A variable that must be there. */
export function readText(name: string): string {
  const text = process.env[name];
  if (text === undefined) throw new Error(`${name} is not set`);
  return text;
}
