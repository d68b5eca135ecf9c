/** What the locale says of characters, the strongest first. */
const LOCALE_VARIABLES = ['LC_ALL', 'LC_CTYPE', 'LANG'] as const;

/** Whether the locale has UTF-8. Without a locale it is that of C, which is ASCII. */
export function hasUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = LOCALE_VARIABLES.map((name) => env[name]).find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '');
}
