import { crc32, deflateSync } from "node:zlib";

/**
 * A picture as PNG (W3C, Portable Network Graphics, third edition), in a data URI.
 *
 * @param pixels - a byte a pixel for grey, four for colour and opacity: (rows, columns, 1 or 4)
 */
export function pngUri(pixels: Uint8Array, rows: number, columns: number): string {
  const channels = pixels.length / (rows * columns);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(columns, 0);
  header.writeUInt32BE(rows, 4);
  header[8] = 8; // bits of a channel
  header[9] = channels === 4 ? 6 : 0; // colour with opacity, or grey
  // Each row begins with the number of its filter: 0 for none.
  const width = columns * channels;
  const lines = Buffer.alloc(rows * (width + 1));
  for (let row = 0; row < rows; row++)
    lines.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  const chunks = [
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(lines, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ];
  return `data:image/png;base64,${Buffer.concat([signature, ...chunks]).toString("base64")}`;
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
