import type { HttpAnswer } from '../session/platform'

/** A `Response` of fetch, in a browser or under Node, as the session core reads it. */
export function httpAnswer(response: Response): HttpAnswer {
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    bytes: async () => new Uint8Array(await response.arrayBuffer()),
    pieces: () => piecesOf(response),
  }
}

async function* piecesOf({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader()
  for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read()) yield piece.value
}
