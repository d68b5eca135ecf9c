import type { ServerResponse } from 'node:http';

/** What the edge in front of FYERS answers when the server behind it is out of order. */
export const GATEWAY_PAGE =
  '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>';

/** What the edge answers to a client that it does not let through. */
export const EDGE_REFUSAL =
  '<!DOCTYPE html><html><head><title>Attention Required!</title></head><body><h1>Sorry, you have been blocked</h1></body></html>';

/** After a refusal for the rate. */
export const RETRY_AFTER_SECONDS = 1;

export function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** FYERS' form of a refusal. */
export function refuse(response: ServerResponse, status: number, code: number, message: string): void {
  sendJson(response, status, { s: 'error', code, message });
}

export function sendPage(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'content-type': 'text/html' }).end(html);
}
