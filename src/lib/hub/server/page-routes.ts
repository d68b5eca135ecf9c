import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { COOKIE } from './access-policy.ts';
import { describeContent, describeRoute, type PolicyOf } from './routes.ts';
import { ANSWERS, REQUESTS } from './schemas.ts';

const FILES = [
  { url: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { url: '/app.js', file: 'app.js', type: 'text/javascript; charset=utf-8' },
  { url: '/style.css', file: 'style.css', type: 'text/css; charset=utf-8' },
] as const;

const HEADERS = {
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/** The live page. @param folder where its files are */
export function addPageRoutes(app: FastifyInstance, folder: string, policyOf: PolicyOf): void {
  for (const { url, file, type } of FILES) {
    const content = readFileSync(path.join(folder, file));
    app.get(url, describeContent('the live page', type.split(';', 1)[0] as string), async (_, reply) =>
      reply.headers({ ...HEADERS, 'content-type': type }).send(content),
    );
  }

  app.post<{ Body: { token: string } }>(
    '/login',
    describeRoute('trades the bearer token for the cookie of the page', {
      body: REQUESTS.token,
      answer: ANSWERS.login,
    }),
    async (request, reply) => {
      const policy = policyOf(request);
      if (!policy?.isToken(request.body.token)) throw new TickpipeError('HUB_TOKEN_REFUSED', 'this is not the token');
      reply.header('set-cookie', `${COOKIE}=${policy.cookie}; HttpOnly; SameSite=Strict; Path=/`);
      return { status: 'success' };
    },
  );
}
