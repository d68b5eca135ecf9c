import type { ErrorCode } from '../errors/catalogue.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { describeStatus, type HttpAnswer } from '../network/http.ts';
import { parseJsonObject } from '../text/json-object.ts';
import { REFUSED_BY_CODE, type Refusal } from './login-refusals.ts';

const HOST = /^[\w.:[\]-]{1,253}$/;

/** An answer that is no success. Each of FYERS' codes is an error of its own. */
export class BrokerRefusal extends TickpipeError {
  /** Of HTTP. */
  readonly status: number;
  /** FYERS' own code, when the answer has one. */
  readonly brokerCode: number | undefined;

  constructor(code: ErrorCode, message: string, { status, brokerCode }: Pick<BrokerRefusal, 'status' | 'brokerCode'>) {
    super(code, message);
    this.status = status;
    this.brokerCode = brokerCode;
  }
}

/**
 * The body of an answer `{"s":"ok",...}`. Throws a `BrokerRefusal` for all else, with any status: a refusal, a page, a redirect. Of what
 * the server sent, errors quote numbers and the host of a redirect only.
 */
export function readBrokerAnswer({ status, headers, text }: HttpAnswer): Readonly<Record<string, unknown>> {
  const body = parseJsonObject(text);
  if (body?.['s'] === 'ok' && status >= 200 && status < 300) return body;
  const numbers = { status, brokerCode: typeof body?.['code'] === 'number' ? body['code'] : undefined };
  const { code, message } = nameRefusal(numbers, body !== undefined, headers.location);
  throw new BrokerRefusal(code, `${message} (${describeStatus(status, numbers.brokerCode)})`, numbers);
}

function nameRefusal(
  { status, brokerCode }: Pick<BrokerRefusal, 'status' | 'brokerCode'>,
  isJson: boolean,
  location: string | undefined,
): Refusal {
  const known = brokerCode === undefined ? undefined : REFUSED_BY_CODE.get(brokerCode);
  if (known) return known;
  if (status >= 300 && status < 400) {
    return { code: 'LOGIN_REDIRECTED', message: `the login endpoint redirects${describeTarget(location)}` };
  }
  if (status === 429) return { code: 'RATE_LIMITED', message: 'FYERS refuses the call: too many requests' };
  if (status === 403) {
    return { code: 'LOGIN_BLOCKED', message: `${isJson ? 'FYERS' : 'the edge in front of FYERS'} refused the call` };
  }
  return isJson
    ? { code: 'LOGIN_REFUSED', message: 'FYERS refused the call' }
    : { code: 'LOGIN_NOT_JSON', message: 'the answer of the login endpoint is not JSON' };
}

function describeTarget(location: string | undefined): string {
  const host = location !== undefined && URL.canParse(location) ? new URL(location).host : '';
  return HOST.test(host) ? ` to ${host}` : '';
}
