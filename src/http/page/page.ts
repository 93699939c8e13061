/**
 * `GET /`: the status page, one file in itself. Its policy lets nothing run but its own script and style, known by their
 * digests, and lets it ask nobody but this endpoint.
 */
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { alreadyHeld } from '../representation.ts';
import { cards } from './cards.ts';
import { details } from './details.ts';
import { drawing } from './drawing.ts';
import { STYLE } from './style.ts';
import { watching } from './watching.ts';

/** The parts as they are written: each uses nothing but what it is given here. */
const SCRIPT = `
(() => {
  const drawn = (${drawing})(document);
  const behind = (${details})(drawn);
  let ask = () => {};
  const newCard = (${cards})(drawn, behind, () => ask());
  ask = (${watching})({ browser: document, storage: sessionStorage, drawing: drawn, newCard });
})();
`;

const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>lambda-sentinel</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header><h1>lambda-sentinel</h1><span id="service" class="faint"></span></header>
<main>
<noscript><p>This page asks the endpoint by JavaScript. Without it: <a href="masters">masters</a>, <a href="health">health</a>.</p></noscript>
<div id="banner" role="alert" hidden></div>
<form id="token" hidden><label for="given">This endpoint asks for a token:</label>
<input id="given" type="password" autocomplete="off" required><button>Use it</button></form>
<p id="none" hidden>No master is monitored.</p>
<div id="masters"></div>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;

const POLICY = [
  "default-src 'none'",
  `script-src ${digest(SCRIPT)}`,
  `style-src ${digest(STYLE)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const ETAG = `"${createHash('sha256').update(HTML).digest('base64url').slice(0, 22)}-html"`;

export function statusPage(c: Context): Response {
  c.header('ETag', ETAG);
  c.header('Cache-Control', 'no-cache');
  c.header('Content-Security-Policy', POLICY);
  c.header('Referrer-Policy', 'no-referrer');
  if (alreadyHeld(c.req.header('If-None-Match'), ETAG)) return c.body(null, 304);
  return c.body(HTML, 200, { 'Content-Type': 'text/html; charset=utf-8' });
}

function digest(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
