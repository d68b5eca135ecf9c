/** Loaded when it is first needed: it takes three milliseconds, and a completion and a look at what is stored hash nothing. */
export function loadCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto');
}
