import { booleanColumn, defineRecord, textColumn } from './record-type.ts';

const columns = {
  app_id: textColumn('The app id, of which only the beginning and the suffix are shown.'),
  expires_at: textColumn('When the access token ends, in India.', { unit: 'ISO 8601 in IST' }),
  profile: textColumn('The profile that applies.'),
  accepted: booleanColumn('Whether the broker accepts the token.', {
    nullWhen: 'when the broker was not asked, or could not be',
  }),
} as const;
const sample = {
  app_id: 'ABCD******-100',
  expires_at: '2026-11-24T06:00:00.000+05:30',
  profile: 'default',
  accepted: true,
} as const;

export const LOGIN = defineRecord({
  name: 'Login',
  printedBy: '`login`; also `whoami`, which adds `source`: `token-file`, `environment` or `login`',
  columns,
  sample,
});

/** The same row with where the token comes from. */
export const KNOWN_LOGIN = defineRecord({
  ...LOGIN,
  columns: {
    ...columns,
    source: textColumn('Where the token comes from.', { values: ['token-file', 'environment', 'login'] }),
  },
  sample: { ...sample, source: 'login' },
});
