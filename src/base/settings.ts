/** The names of all settings; each may also be given as a file, `<name>_FILE`. */

export const settingNames = [
  'DATABASE_URL',
  'HOST',
  'PORT',
  'METTLE_SECRET',
  'WORKERS',
  'LOG_LEVEL',
  'LOG_FORMAT',
  'PUBLIC_URL',
  'ALLOWED_ORIGINS',
  'TRUSTED_PROXIES',
  'ALLOWED_NETWORKS',
  'DENIED_NETWORKS',
  'ADMIN_PORT',
  'ADMIN_HOST',
  'ADMIN_ALLOWED_NETWORKS',
  'ADMIN_DENIED_NETWORKS',
  'METRICS_PORT',
  'METRICS_HOST',
  'METRICS_ALLOWED_NETWORKS',
  'METRICS_DENIED_NETWORKS',
  'METRICS_TOKEN',
  'REDIS_URL',
  'RATE_LIMIT_STORE',
  'RATE_LIMIT',
  'RATE_LIMIT_FACTOR',
  'DOCS',
] as const

export type SettingName = (typeof settingNames)[number]

/** Whether a variable of the environment is a setting. */
export function isSetting(variable: string): boolean {
  return settingNames.some(name => variable === name || variable === `${name}_FILE`)
}
