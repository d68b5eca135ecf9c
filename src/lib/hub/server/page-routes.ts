import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { COOKIE } from '../protocol/messages.ts';
import { type REQUESTS, routeOf } from '../protocol/requests.ts';
import type { PolicyOf } from './routes.ts';

const FILES = [
  { id: 'getPage', file: 'index.html', type: 'text/html; charset=utf-8' },
  { id: 'getPageScript', file: 'app.js', type: 'text/javascript; charset=utf-8' },
  { id: 'getPageStyle', file: 'style.css', type: 'text/css; charset=utf-8' },
] as const;

const HEADERS = {
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/** The live page. @param folder where its files are */
export function addPageRoutes(app: FastifyInstance, folder: string, policyOf: PolicyOf): void {
  for (const { id, file, type } of FILES) {
    const content = readFileSync(path.join(folder, file));
    app.route({
      ...routeOf(id),
      handler: async (_, reply) => reply.headers({ ...HEADERS, 'content-type': type }).send(content),
    });
  }

  app.route<{ Body: z.infer<typeof REQUESTS.token> }>({
    ...routeOf('logIn'),
    handler: async (request, reply) => {
      const policy = policyOf(request);
      if (!policy?.isToken(request.body.token)) throw new TickpipeError('HUB_TOKEN_REFUSED', 'this is not the token');
      reply.header('set-cookie', `${COOKIE}=${policy.cookie}; HttpOnly; SameSite=Strict; Path=/`);
      return { status: 'success' };
    },
  });
}
