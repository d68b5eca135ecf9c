/**
 * The invented owner of the simulated account. Each text is unlike anything else in the project, so that a test which searches
 * for it finds every place where personal data would get out.
 */
export const SIMULATED_PERSON = {
  name: 'ASHALATA SIMULKAR INVENTED',
  displayName: 'Ashalata Simulkar',
  email: 'ashalata.simulkar@simulated.example',
  pan: 'ZZZPS9999Z',
  mobile: '9000000017',
  pinChangedAt: '14-09-2026 09:12:47',
  passwordEndsInDays: 42,
} as const;
