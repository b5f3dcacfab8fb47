{{- /* The release's name, with the chart's where it is not in there. */ -}}
{{- define "interdict.fullname" -}}
{{- $name := ternary .Release.Name (printf "%s-interdict" .Release.Name) (contains "interdict" .Release.Name) -}}
{{- $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "interdict.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "interdict.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- /* What selects this release's pods, of every component. It may not change from one version to the next. */ -}}
{{- define "interdict.selector" -}}
app.kubernetes.io/name: interdict
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "interdict.labels" -}}
{{ include "interdict.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | quote }}
{{- end -}}

{{- define "interdict.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{- $digest := ternary (printf "@%s" .Values.image.digest) "" (ne .Values.image.digest "") -}}
{{- printf "%s:%s%s" .Values.image.repository $tag $digest -}}
{{- end -}}

{{/* A quantity of memory as an expression of bytes for Prometheus; no limit is no end. */}}
{{- define "interdict.bytes" -}}
{{- $quantity := toString (default "" .) -}}
{{- $units := dict "Ki" "1024" "Mi" "1024 * 1024" "Gi" "1024 * 1024 * 1024" "k" "1e3" "M" "1e6" "G" "1e9" -}}
{{- $unit := regexFind "[A-Za-z]+$" $quantity -}}
{{- if not $quantity -}}Inf
{{- else if not $unit -}}{{ $quantity }}
{{- else if hasKey $units $unit -}}{{ trimSuffix $unit $quantity }} * {{ get $units $unit }}
{{- else -}}{{ fail (printf "resources.limits.memory: %s is not understood" $quantity) }}
{{- end -}}
{{- end }}
