import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock/clock.ts';
import { AccountEndpoint } from './account/account-endpoint.ts';
import { AuthCodes } from './account/auth-codes.ts';
import { LoginEndpoint } from './account/login-endpoint.ts';
import type { SimulatedApp } from './account/simulated-app.ts';
import type { TokenIssuer } from './account/token-issuer.ts';
import { type FaultState, takeAnswer } from './fault-state.ts';

export type RestHandler = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

/** Login and account calls by method and name, `POST validate-authcode`. */
export function listAccountHandlers(
  app: SimulatedApp,
  issuer: TokenIssuer,
  clock: Clock,
  faults: FaultState,
): ReadonlyMap<string, RestHandler> {
  const codes = new AuthCodes(clock);
  const login = new LoginEndpoint({
    app,
    codes,
    user: issuer.user,
    faults: { page: () => takeAnswer(faults, 'login-page'), login: () => takeAnswer(faults, 'login') },
  });
  const account = new AccountEndpoint({
    app,
    codes,
    issuer,
    faults: {
      exchange: () => takeAnswer(faults, 'exchange'),
      profile: () => takeAnswer(faults, 'profile'),
      logout: () => takeAnswer(faults, 'logout'),
    },
  });
  return new Map<string, RestHandler>([
    ['GET generate-authcode', (request, response, url) => login.ask(url, request, response)],
    ['POST generate-authcode', (request, response) => void login.decide(request, response)],
    ['POST validate-authcode', (request, response) => void account.exchange(request, response)],
    ['GET profile', (request, response) => account.showProfile(request, response)],
    ['POST logout', (request, response) => account.logOut(request, response)],
  ]);
}
