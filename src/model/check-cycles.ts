/** Rules that go through a reference must come to an end. */

import type { RuleNode } from '../declare/rule.ts'
import type { Reporter } from './diagnostics.ts'
import type { ResourceModel } from './model.ts'

/** Reports each way on which the read rule of `resource` comes back to itself. */
export function checkThroughCycles(
  resource: ResourceModel,
  resources: ReadonlyMap<string, ResourceModel>,
  reporter: Reporter,
): void {
  const walk = (current: ResourceModel, path: readonly string[]): void => {
    for (const fieldName of throughFields(current.access.read)) {
      const target = resources.get(current.field.get(fieldName)?.target ?? '')
      if (target === undefined) continue
      const step = [...path, `through('${fieldName}')`, target.name]
      if (target.name === resource.name) {
        reporter.report(
          'rule-cycle',
          `the rule never ends: ${step.join(' -> ')}`,
          'let one resource of the circle be read by owner, role or where alone',
        )
      } else if (!path.includes(target.name)) {
        walk(target, step)
      }
    }
  }
  walk(resource, [resource.name])
}

function throughFields(rule: RuleNode): readonly string[] {
  if (rule.kind === 'through') return [rule.field]
  if (rule.kind === 'not') return throughFields(rule.rule)
  if (rule.kind === 'anyOf' || rule.kind === 'allOf') return rule.rules.flatMap(throughFields)
  return []
}
