/**
 * Items in the two shapes they take: on the wire (and so in a stream's event) binary is Base64 text, in the SDK it
 * is bytes. Everything else is the same in both.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { AttributeValue as WireValue } from 'aws-lambda';

export type Image = Record<string, AttributeValue>;
export type WireImage = Record<string, WireValue>;

export function fromWire(image: WireImage): Image {
  return mapImage(image, (base64) => Uint8Array.from(Buffer.from(base64 as string, 'base64'))) as Image;
}

export function toWire(image: Image): WireImage {
  return mapImage(image, (bytes) => Buffer.from(bytes as Uint8Array).toString('base64')) as WireImage;
}

type MapBinary = (binary: unknown) => unknown;

function mapImage(image: object, mapBinary: MapBinary): object {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, mapValue(value, mapBinary)]));
}

function mapValue(value: object, mapBinary: MapBinary): object {
  const [type, content] = Object.entries(value)[0] ?? [];
  switch (type) {
    case 'B':
      return { B: mapBinary(content) };
    case 'BS':
      return { BS: content.map(mapBinary) };
    case 'L':
      return { L: content.map((element: object) => mapValue(element, mapBinary)) };
    case 'M':
      return { M: mapImage(content, mapBinary) };
    default:
      return value;
  }
}
