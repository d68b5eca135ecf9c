import { createHmac } from 'node:crypto';

/** A JWT with HS256, as FYERS signs its auth codes and access tokens. */
export function signJwt(payload: object, secret: Buffer): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}
