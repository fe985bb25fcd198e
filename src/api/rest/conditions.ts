/** Conditional requests (RFC 9110, 13): entity tags that a caller holds against those of rows. */

import { Problem, problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { Answer } from '../../engine/operation.ts'
import { tagWithoutCoding } from '../http/compress.ts'
import type { HttpRequest } from '../http/route.ts'

interface EntityTag {
  readonly weak: boolean
  readonly value: string
}

const member = /[ \t]*(W\/)?"([!#-~\u0080-\u00ff]*)"[ \t]*(?:,|$)/y

/** Throws `wire.invalid-header` for what is neither `*` nor a list of quoted tags. */
function parseEntityTags(header: string, name: string): '*' | readonly EntityTag[] {
  if (header.trim() === '*') return '*'
  const tags: EntityTag[] = []
  member.lastIndex = 0
  do {
    const match = member.exec(header)
    if (match === null || tags.length === limits.entityTagsMax) {
      const detail = `${name} is * or at most ${limits.entityTagsMax} quoted entity tags.`
      throw problem('wire.invalid-header', { detail })
    }
    tags.push({ weak: match[1] !== undefined, value: match[2]! })
  } while (member.lastIndex < header.length)
  return tags
}

/** Whether the caller already has what is answered: If-None-Match, compared weakly. */
export function callerHas(request: HttpRequest, tag: string): boolean {
  const header = request.header('if-none-match')
  if (header === null) return false
  const held = parseEntityTags(header, 'If-None-Match')
  return held === '*' || held.some(({ value }) => tagWithoutCoding(value) === tag)
}

const noVersion = 0
/**
 * A tag that was given out, or the bare version of the row, which callers that keep no tags can
 * write.
 */
const versionForm = /^([1-9]\d{0,8})(?:-|$)/

/**
 * The row versions that If-Match allows, newest first; null where nothing is expected. Compared
 * strongly on the version part of a tag, because the rest only says in which view it was seen. A
 * header none of whose tags can match allows version 0, which no row has: the guards still speak
 * first.
 */
export function expectedVersions(request: HttpRequest): readonly (number | 'any')[] | null {
  const header = request.header('if-match')
  return header === null ? null : versionsIn(header)
}

/** Of the text of an If-Match. Throws `wire.invalid-header`. */
export function versionsIn(header: string): readonly (number | 'any')[] {
  const held = parseEntityTags(header, 'If-Match')
  if (held === '*') return ['any']
  const versions = new Set<number>()
  for (const { weak, value } of held) {
    const version = weak ? undefined : versionForm.exec(value)?.[1]
    if (version !== undefined) versions.add(Number(version))
  }
  return versions.size === 0 ? [noVersion] : [...versions].toSorted((left, right) => right - left)
}

/**
 * Runs the change for the first version that is the row's. The engine takes one version, so each is
 * an attempt of its own; more than one is rare.
 */
export async function executeExpecting(
  versions: readonly (number | 'any')[] | null,
  attempt: (version: number | 'any' | null) => Promise<Answer>,
): Promise<Answer> {
  const last = versions?.at(-1) ?? null
  for (const version of versions?.slice(0, -1) ?? []) {
    try {
      return await attempt(version)
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'run.stale')) throw error
    }
  }
  return attempt(last)
}

/** Throws `wire.invalid-header` where a condition would be silently without effect. */
export function refuseConditions(
  request: HttpRequest,
  names: readonly ('if-match' | 'if-none-match')[],
): void {
  for (const name of names) {
    if (request.header(name) === null) continue
    throw problem('wire.invalid-header', {
      detail: `${name} has no meaning for ${request.method} here.`,
    })
  }
}
