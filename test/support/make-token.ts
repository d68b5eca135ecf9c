/** A token as FYERS makes them, of made-up values. Its signature is none: nobody here can check one. */
export function makeToken(claims: Record<string, unknown> = {}, appId = 'TESTAPP001-100'): string {
  return `${appId}:${makeJwt(claims)}`;
}

export function makeJwt(claims: Record<string, unknown> = {}): string {
  const all = {
    iss: 'api.fyers.in',
    sub: 'access_token',
    exp: Date.parse('2026-11-24T06:00:00+05:30') / 1000,
    hsm_key: 'ab12'.repeat(14),
    fy_id: 'XT00001',
    display_name: 'TEST PERSON',
    ...claims,
  };
  return `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(all)}.${'c2ln'.repeat(11).slice(0, 43)}`;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
