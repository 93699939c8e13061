/** Replies on the wire, in RESP2 or RESP3. */
import type { Reply } from './reply.ts';

export type ProtocolVersion = 2 | 3;

export function encode(reply: Reply, version: ProtocolVersion): Buffer {
  const parts: (string | Buffer)[] = [];
  write(reply, version, parts);
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

function write(reply: Reply, version: ProtocolVersion, out: (string | Buffer)[]): void {
  const three = version === 3;
  switch (reply.kind) {
    case 'simple':
      out.push(`+${oneLine(reply.text)}\r\n`);
      return;
    case 'error':
      out.push(`-${oneLine(reply.text)}\r\n`);
      return;
    case 'integer':
      out.push(`:${reply.value}\r\n`);
      return;
    case 'double':
      writeText(three ? undefined : '$', String(reply.value), out);
      return;
    case 'bulk':
      out.push(`$${Buffer.byteLength(reply.value)}\r\n`, reply.value, '\r\n');
      return;
    case 'verbatim':
      writeText(three ? '=' : '$', three ? `txt:${reply.text}` : reply.text, out);
      return;
    case 'nullBulk':
      out.push(three ? '_\r\n' : '$-1\r\n');
      return;
    case 'nullArray':
      out.push(three ? '_\r\n' : '*-1\r\n');
      return;
    case 'array':
    case 'set':
    case 'push':
      out.push(`${three ? AGGREGATES[reply.kind] : '*'}${reply.items.length}\r\n`);
      for (const item of reply.items) write(item, version, out);
      return;
    case 'map':
      out.push(three ? `%${reply.entries.length}\r\n` : `*${reply.entries.length * 2}\r\n`);
      for (const [key, value] of reply.entries) {
        write(key, version, out);
        write(value, version, out);
      }
      return;
    case 'several':
      for (const one of reply.replies) write(one, version, out);
      return;
    default:
      reply satisfies never;
  }
}

const AGGREGATES = { array: '*', set: '~', push: '>' } as const;

function writeText(sign: '$' | '=' | undefined, text: string, out: (string | Buffer)[]): void {
  if (sign === undefined) out.push(`,${text}\r\n`);
  else out.push(`${sign}${Buffer.byteLength(text)}\r\n${text}\r\n`);
}

/** A line break in a status would end it early, and what follows would be read as another reply. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}
